/** One line of a timeline: a message, a private message or a note, with its files and its fate. */
import type { VNode } from 'preact';
import type { Entry } from '@/client/entries';
import { findLinks } from '@/client/links';
import type { File } from '@/client/protocol.gen';
import { fullText, type Lang, sizeText, timeText } from '@/i18n';
import { Avatar } from '@/ui/avatar';
import { Button } from '@/ui/button';
import { CheckIcon, ClockIcon, FileIcon, NoteIcon, SeenIcon, WarningIcon } from '@/ui/icons';
import { ConfidentialIcon } from './confidential-icon';
import { PrivateIcon } from './private-icon';
import { isConfidential, isPrivate, type Row } from './rows';
import type { TimelineStrings } from './strings.en';

interface LineProps {
  row: Extract<Row, { kind: 'line' }>;
  t: TimelineStrings;
  lang: Lang;
  name: string;
  /** Whether "sent" or "seen" stands under this line. */
  showStatus: boolean;
  onRetry: () => void;
  onDiscard: () => void;
}

export function Line({ row, t, lang, name, showStatus, onRetry, onDiscard }: LineProps): VNode {
  const { entry, first, last } = row;
  const { event } = entry;
  const note = event.kind === 'note';
  const secret = isPrivate(entry);
  const confidential = isConfidential(entry);
  const kind = note ? 'note' : secret ? 'private' : entry.by.role === 'system' ? 'auto' : 'said';
  return (
    <article
      class="line"
      data-kind={kind}
      data-confidential={confidential || undefined}
      data-mine={entry.mine && !note ? '' : undefined}
      data-first={first ? '' : undefined}
      data-last={last ? '' : undefined}
      aria-label={note ? t.noteOf(name) : t.said(name, timeText(entry.at, lang))}
    >
      {first && (
        <header class="line-head">
          <Avatar id={entry.by.id} name={entry.by.name || name} size={24} />
          <b>{name}</b>
          {note && (
            <span class="line-tag">
              <NoteIcon size={14} />
              {t.note}
            </span>
          )}
          {secret && (
            <span class="line-tag">
              <PrivateIcon size={14} />
              {t.private}
            </span>
          )}
          {confidential && (
            <span class="line-tag">
              <ConfidentialIcon size={14} />
              {t.confidential}
            </span>
          )}
          <time dateTime={new Date(entry.at).toISOString()} title={fullText(entry.at, lang)}>
            {timeText(entry.at, lang)}
          </time>
        </header>
      )}
      <Body entry={entry} t={t} lang={lang} />
      {entry.status === 'failed' ? (
        <div class="line-failed" role="alert">
          <WarningIcon size={16} />
          {t.status.failed}
          <Button variant="quiet" onClick={onRetry}>
            {t.retry}
          </Button>
          <Button variant="quiet" onClick={onDiscard}>
            {t.discard}
          </Button>
        </div>
      ) : (
        (showStatus || entry.status === 'sending') && <Status entry={entry} t={t} />
      )}
    </article>
  );
}

function Status({ entry, t }: { entry: Entry; t: TimelineStrings }): VNode | null {
  if (entry.status === null || entry.status === 'failed' || isPrivate(entry)) return null;
  const Icon = { sending: ClockIcon, sent: CheckIcon, seen: SeenIcon }[entry.status];
  return (
    <p class="line-status">
      <Icon size={14} />
      {t.status[entry.status]}
    </p>
  );
}

function Body({ entry, t, lang }: { entry: Entry; t: TimelineStrings; lang: Lang }): VNode {
  const { event } = entry;
  if (event.kind === 'note') return <Words text={event.text} />;
  if (event.kind !== 'message') return <span />;
  const text = event.auto ? (t.auto[event.auto] ?? event.text ?? '') : (event.text ?? '');
  return (
    <>
      {text !== '' && <Words text={text} />}
      {(event.files ?? []).map((file) => (
        <Attachment key={file.id} file={file} t={t} lang={lang} />
      ))}
    </>
  );
}

function Words({ text }: { text: string }): VNode {
  return (
    <p class="line-text" dir="auto">
      {findLinks(text).map((part, at) =>
        part.href === undefined ? (
          part.text
        ) : (
          <a key={at} href={part.href} target="_blank" rel="noopener noreferrer nofollow">
            {part.text}
          </a>
        ),
      )}
    </p>
  );
}

const WIDEST = 320; // px of a picture in the timeline
const TALLEST = 240;

function Attachment({ file, t, lang }: { file: File; t: TimelineStrings; lang: Lang }): VNode {
  if (!file.image) {
    return (
      <a class="line-file" href={file.url} download={file.name} aria-label={t.download(file.name)}>
        <FileIcon />
        <span class="line-file-name">{file.name}</span>
        <span class="line-file-size">{sizeText(file.size, lang)}</span>
      </a>
    );
  }
  const width = file.width || WIDEST;
  const height = file.height || TALLEST;
  const share = Math.min(1, WIDEST / width, TALLEST / height);
  return (
    <a class="line-picture" href={file.url} target="_blank" rel="noopener">
      <img
        src={file.url}
        alt={t.picture(file.name)}
        width={Math.round(width * share)}
        height={Math.round(height * share)}
        loading="lazy"
      />
    </a>
  );
}
