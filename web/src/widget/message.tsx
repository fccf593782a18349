/** One message or notice of the log. */
import type { Entry } from '@/client/entries.ts';
import { findLinks } from '@/client/links.ts';
import { fullText, timeText } from '@/i18n/dates.ts';
import { Avatar } from '@/ui/avatar.tsx';
import { Button } from '@/ui/button.tsx';
import { CheckIcon, ClockIcon, SeenIcon, WarningIcon } from '@/ui/icons.chat.tsx';
import type { Chat } from './chat.ts';
import type { Line } from './lines.ts';

type MessageProps = { chat: Chat; line: Extract<Line, { kind: 'message' }> };

export function MessageLine({ chat, line }: MessageProps) {
  const { lang, t } = chat.i18n;
  const { entry, first, last } = line;
  if (entry.event.kind !== 'message') return null;
  const { text = '', files = [], confidential } = entry.event;
  const { mine } = entry;
  const name = mine ? t.value.you : nameOf(chat, entry);
  return (
    <article
      class={`message ${mine ? 'message-mine' : ''} ${first ? 'message-first' : ''} ${last ? 'message-last' : ''}`}
      data-status={entry.status ?? undefined}
    >
      {!mine && last && <Avatar id={entry.by.id} name={entry.by.name ?? ''} size={28} />}
      <div class="message-body">
        <p class={first && !mine ? 'message-name' : 'hidden-text'}>
          {name}
          {!mine && entry.by.role === 'expert' && ` · ${t.value.expert}`}
        </p>
        {chat.files.value?.show(files)}
        {text && (
          <p class="bubble" title={fullText(entry.at, lang.value)}>
            <Text text={text} />
          </p>
        )}
        {confidential && chat.identity.value?.lock}
        {(last || line.told) && (
          <p class="message-foot">
            {last && (
              <time dateTime={new Date(entry.at).toISOString()}>
                {timeText(entry.at, lang.value)}
              </time>
            )}
            {line.told && <Status chat={chat} entry={entry} />}
          </p>
        )}
        {entry.status === 'failed' && <Failed chat={chat} entry={entry} />}
      </div>
    </article>
  );
}

function nameOf(chat: Chat, { by }: Entry): string {
  return by.name || chat.i18n.t.value.service;
}

/** The words as they were written, with web addresses that can be followed. */
function Text({ text }: { text: string }) {
  return (
    <>
      {findLinks(text).map((piece, index) =>
        piece.href ? (
          <a key={index} href={piece.href} target="_blank" rel="noopener noreferrer nofollow ugc">
            {piece.text}
          </a>
        ) : (
          piece.text
        ),
      )}
    </>
  );
}

function Status({ chat, entry }: { chat: Chat; entry: Entry }) {
  if (!entry.status) return null;
  const icons = { sending: ClockIcon, sent: CheckIcon, seen: SeenIcon, failed: WarningIcon };
  const Icon = icons[entry.status];
  return (
    <span class={`status status-${entry.status}`}>
      <Icon size={14} />
      {chat.i18n.t.value.status[entry.status]}
    </span>
  );
}

function Failed({ chat, entry }: { chat: Chat; entry: Entry }) {
  const t = chat.i18n.t.value;
  const reasons: Record<string, string> = t.failure;
  return (
    <div class="failed" role="alert">
      <p>{reasons[entry.failure ?? 'other'] ?? t.failure.other}</p>
      <Button onClick={() => chat.thread.retry(entry.key)}>{t.retry}</Button>
      <Button variant="quiet" onClick={() => chat.thread.discard(entry.key)}>
        {t.discard}
      </Button>
    </div>
  );
}

export function NoticeLine({ chat, entry }: { chat: Chat; entry: Entry }) {
  const text = noticeText(chat, entry);
  if (!text) return null;
  return (
    <p class="notice" title={fullText(entry.at, chat.i18n.lang.value)}>
      {text}
    </p>
  );
}

function noticeText(chat: Chat, entry: Entry): string | null {
  const { event } = entry;
  const t = chat.i18n.t.value;
  switch (event.kind) {
    case 'assigned':
      return t.event.assigned(event.agent.name || t.service);
    case 'unassigned':
      return t.event.unassigned;
    case 'closed':
      return t.event.closed;
    default:
      return chat.rareNotice.value?.(chat, entry) ?? null;
  }
}
