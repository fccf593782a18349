/** Who is waiting, in the order of being served, and what a supervisor can do about it. */
import type { VNode } from 'preact';
import { briefText, sameDay, timeText } from '@/i18n';
import { Avatar } from '@/ui/avatar';
import { Button } from '@/ui/button';
import { ChatIcon, MoreIcon, PeopleIcon, PersonIcon } from '@/ui/icons';
import { Menu, type MenuItem } from '@/ui/menu';
import { toast } from '@/ui/toast';
import { Empty } from '../Empty';
import { useEnv } from '../env';
import { visitorName } from '../names';
import { langName, needsText } from '../queue/words';
import { clock, urgency } from '../views';
import { Cell, HeadRow } from './cells';
import { agentName, departmentName, refusalText, useFloor } from './context';
import type { Held } from './holding';
import { FrontIcon } from './icons';
import { ofDepartment, sortWaiting } from './overview';
import { useHeld } from './useHeld';
import type { Waiting } from './wire';

export function WaitingList(): VNode {
  const { f, floor, only } = useFloor();
  const w = f.waiting;
  const chosen = only.value;
  const sorted = sortWaiting(ofDepartment(floor.waiting, chosen), floor.departments);
  const { rows, bind } = useHeld(sorted, ({ conv }) => conv);
  const name = chosen === null ? '' : departmentName(floor, chosen);
  return (
    <section class="floor-part" aria-labelledby="floor-waiting">
      <h2 id="floor-waiting">
        {w.title}
        {name && <Only name={name} />}
      </h2>
      {rows.length === 0 ? (
        <Empty title={w.emptyTitle} text={chosen === null ? w.emptyText : w.filteredText(name)}>
          {chosen !== null && (
            <Button
              onClick={() => {
                only.value = null;
              }}
            >
              {w.filteredAction}
            </Button>
          )}
        </Empty>
      ) : (
        <>
          <HeadRow
            class="cols-waiting"
            labels={[w.place, w.who, w.department, w.needs, w.since, w.state]}
          />
          <ul {...bind}>
            {rows.map((held, at) => (
              <Row key={held.key} held={held} low={at > 3 && at >= rows.length - 3} />
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

/** Says that a list shows one department, and lets go of that. */
export function Only({ name }: { name: string }): VNode {
  const { f, only } = useFloor();
  return (
    <button
      type="button"
      class="floor-only"
      title={f.departments.all}
      aria-label={`${name}. ${f.departments.all}`}
      onClick={() => {
        only.value = null;
      }}
    >
      {name} <span aria-hidden="true">×</span>
    </button>
  );
}

function Row({ held, low }: { held: Held<Waiting>; low: boolean }): VNode {
  const { desk, screen, t } = useEnv();
  const { f, floor } = useFloor();
  const w = f.waiting;
  const row = held.item;
  const now = screen.now.value;
  const name = visitorName(row.visitor, t);
  const seconds = Math.max(0, Math.floor((now - row.since) / 1000));
  const needs = needsText(row.needs);
  const late = row.due_at !== null && now > row.due_at && row.place > 0;
  const items = useActs(row, name);
  return (
    <li class="floor-row cols-waiting" data-gone={held.gone || undefined}>
      <Cell label={w.place} number>
        {row.place > 0 ? row.place : '–'}
      </Cell>
      <span class="cell cell-main cell-who">
        <Avatar id={row.visitor.id} name={row.visitor.name ?? ''} size={32} />
        <span class="cell-stack">
          <button
            type="button"
            class="floor-link"
            title={w.open}
            disabled={held.gone}
            onClick={() => desk.select(row.conv)}
          >
            {name}
          </button>
          <small>{`${w.modes[row.mode]} · ${langName(row.lang)}`}</small>
        </span>
      </span>
      <Cell label={w.department}>{departmentName(floor, row.department)}</Cell>
      <Cell label={w.needs}>{needs || <span class="faint">{w.anything}</span>}</Cell>
      <Cell label={w.since} number>
        <span class="since" data-urgency={late ? 'late' : urgency(row.place > 0 ? seconds : 0)}>
          {clock(seconds)}
          {late && <small>{w.late}</small>}
        </span>
      </Cell>
      <Cell label={w.state}>
        <StateText row={row} gone={held.gone} />
      </Cell>
      <span class="cell-acts">
        {!held.gone && (
          <Menu label={w.acts(name)} icon={<MoreIcon />} items={items} side={low ? 'up' : 'down'} />
        )}
      </span>
    </li>
  );
}

function StateText({ row, gone }: { row: Waiting; gone: boolean }): VNode {
  const { lang, screen } = useEnv();
  const { f, floor } = useFloor();
  const w = f.waiting;
  const now = screen.now.value;
  const at = row.callback_at;
  if (gone) return <span class="faint">{w.gone}</span>;
  if (row.state === 'offered') {
    return <span class="state-offered">{w.offered(agentName(floor, row.agent))}</span>;
  }
  if (at !== null && at > now) {
    const time = sameDay(at, now)
      ? timeText(at, lang)
      : `${briefText(at, now, lang)} ${timeText(at, lang)}`;
    return <span>{w.callback(time)}</span>;
  }
  return <span>{w.waits}</span>;
}

function useActs(row: Waiting, name: string): MenuItem[] {
  const { desk } = useEnv();
  const { asked, f, feed, floor } = useFloor();
  const w = f.waiting;
  const front = async () => {
    try {
      await desk.cookieApi.post(`/agent/tasks/${row.conv}/move`, { front: true });
      toast(f.front.done(name));
    } catch (error) {
      toast(refusalText(error, f));
    }
    void feed.retry();
  };
  return [
    { label: w.open, icon: <ChatIcon />, run: () => desk.select(row.conv) },
    {
      label: w.front,
      icon: <FrontIcon />,
      disabled: row.place <= 1,
      run: () => void front(),
    },
    {
      label: w.move,
      icon: <PeopleIcon />,
      disabled: floor.departments.length < 2,
      run: () => {
        asked.value = { move: row };
      },
    },
    {
      label: w.give,
      icon: <PersonIcon />,
      run: () => {
        asked.value = { give: row };
      },
    },
  ];
}
