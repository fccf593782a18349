/** One conversation in the list: who, the newest words, how long they have waited, whose it is. */
import type { VNode } from 'preact';
import type { ConversationSummary } from '@/client/protocol.gen';
import { briefText } from '@/i18n';
import { Avatar } from '@/ui/avatar';
import { CameraIcon, ClockIcon, PageIcon, PhoneIcon, ScreenIcon } from '@/ui/icons';
import { useEnv } from './env';
import { RowKind } from './identity/Badge';
import { visitorName } from './names';
import { ClockChip } from './queue/ClockChip';
import { countdown } from './queue/clocks';
import { RowState } from './queue/RowState';
import { clock, lastAt, urgency, waitedSeconds } from './views';

interface RowProps {
  row: ConversationSummary;
  /** Where it stands in its department's queue; null when it stands in none. */
  place: number | null;
}

export function Row({ row, place }: RowProps): VNode {
  const { desk, drafts, lang, screen, t } = useEnv();
  const name = visitorName(row.visitor, t);
  const waited = waitedSeconds(row, screen.now.value);
  const due = row.state !== 'closed' && countdown(row, screen.now.value) !== null;
  const unread = row.unread ?? 0;
  const selected = desk.selected.value === row.id;
  const viewers = desk.viewers(row.id);
  return (
    <button
      type="button"
      class="row"
      aria-current={selected ? 'true' : undefined}
      data-unread={unread > 0 || undefined}
      onClick={() => desk.select(row.id)}
    >
      <Avatar id={row.visitor.id} name={row.visitor.name ?? ''} size={36} />
      <span class="row-main">
        <span class="row-line">
          <b class="row-name">
            {name}
            <RowKind visitor={row.visitor} />
          </b>
          {due ? (
            <ClockChip of={row} />
          ) : waited === null ? (
            <time class="row-time" dateTime={new Date(lastAt(row)).toISOString()}>
              {briefText(lastAt(row), screen.now.value, lang)}
            </time>
          ) : (
            <span class="row-wait" data-urgency={urgency(waited)}>
              <ClockIcon size={14} />
              <span class="hidden-text">{t.list.waited(clock(waited))}</span>
              <span aria-hidden="true">{clock(waited)}</span>
              {urgency(waited) === 'late' && <span class="hidden-text">{t.list.late}</span>}
            </span>
          )}
        </span>
        <span class="row-line">
          <span class="row-text">
            {!selected && drafts.has(row.id) && <em class="row-draft">{t.list.draft}: </em>}
            <Newest row={row} />
          </span>
          {row.cobrowse && <Mode Icon={PageIcon} text={t.list.cobrowse} />}
          {row.call && <Modes row={row} />}
          {unread > 0 && (
            <span class="row-unread">
              {unread > 99 ? '99+' : unread}
              <span class="hidden-text">{t.list.unread(unread)}</span>
            </span>
          )}
        </span>
        <span class="row-line row-foot">
          <RowState row={row} place={place} />
          {viewers.length > 0 && (
            <span
              class="row-viewers"
              title={t.conversation.viewing(names(viewers.map((v) => v.name)))}
            >
              {viewers.slice(0, 3).map((viewer) => (
                <Avatar key={viewer.id} id={viewer.id} name={viewer.name ?? ''} size={16} />
              ))}
              <span class="hidden-text">
                {t.conversation.viewing(names(viewers.map((v) => v.name)))}
              </span>
            </span>
          )}
        </span>
      </span>
    </button>
  );
}

function names(all: readonly (string | undefined)[]): string {
  return all.filter(Boolean).join(', ');
}

function Newest({ row }: { row: ConversationSummary }): VNode {
  const { t } = useEnv();
  const { last } = row;
  if (!last) return <>{t.list.noText}</>;
  const who = last.role === 'agent' || last.role === 'supervisor' ? `${t.person.role.agent}: ` : '';
  return <>{who + (last.text || (last.files ? t.list.files(last.files) : ''))}</>;
}

function Modes({ row }: { row: ConversationSummary }): VNode {
  const { t } = useEnv();
  const media = row.media ?? [];
  const mode = media.includes('screen') ? 'screen' : media.includes('video') ? 'video' : 'voice';
  const Icon = { screen: ScreenIcon, video: CameraIcon, voice: PhoneIcon }[mode];
  return <Mode Icon={Icon} text={t.list[mode]} />;
}

function Mode({ Icon, text }: { Icon: typeof PhoneIcon; text: string }): VNode {
  return (
    <span class="row-mode" title={text}>
      <Icon size={16} />
      <span class="hidden-text">{text}</span>
    </span>
  );
}
