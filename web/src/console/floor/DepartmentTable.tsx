/** The departments: open or not, staffed or not, how many wait and for how long. */
import type { VNode } from 'preact';
import { briefText, sameDay, timeText } from '@/i18n';
import { useEnv } from '../env';
import { clock, urgency } from '../views';
import { Cell, HeadRow } from './cells';
import { useFloor } from './context';
import { percent } from './overview';
import { type FloorDepartment, KINDS } from './wire';

export function DepartmentTable(): VNode {
  const { f, floor } = useFloor();
  const d = f.departments;
  return (
    <section class="floor-part" aria-labelledby="floor-departments">
      <h2 id="floor-departments">{d.title}</h2>
      <HeadRow
        class="cols-departments"
        labels={[d.name, d.hours, d.waiting, d.longest, d.served, d.level]}
      />
      <ul>
        {floor.departments.map((department) => (
          <Row key={department.id} department={department} />
        ))}
      </ul>
    </section>
  );
}

function Row({ department }: { department: FloorDepartment }): VNode {
  const { screen } = useEnv();
  const { f, only } = useFloor();
  const d = f.departments;
  const { id, name, longest_since, waiting } = department;
  const chosen = only.value === id;
  const seconds =
    longest_since === null
      ? null
      : Math.max(0, Math.floor((screen.now.value - longest_since) / 1000));
  return (
    <li class="floor-row cols-departments">
      <span class="cell cell-main">
        <button
          type="button"
          class="floor-link"
          title={chosen ? d.all : d.only(name)}
          aria-pressed={chosen}
          onClick={() => {
            only.value = chosen ? null : id;
          }}
        >
          {name}
        </button>
        <small data-warn={(!department.staffed && department.open) || undefined}>
          {department.staffed ? d.staffed : d.unstaffed}
        </small>
      </span>
      <Cell label={d.hours}>
        <span class="cell-stack">
          <span class="pill" data-on={department.open || undefined}>
            {department.open ? d.open : d.closed}
          </span>
          <small>{useHoursText(department)}</small>
        </span>
      </Cell>
      <Cell label={d.waiting} number>
        {waiting + department.offered}
        {department.offered > 0 && <small class="below">{d.offered(department.offered)}</small>}
      </Cell>
      <Cell label={d.longest} number>
        <span class="since" data-urgency={seconds === null ? undefined : urgency(seconds)}>
          {seconds === null ? '–' : clock(seconds)}
        </span>
      </Cell>
      <Cell label={d.served} number>
        {department.served}
      </Cell>
      <Cell label={d.level}>
        <span class="levels">
          {KINDS.map((kind) => {
            const share = percent(department.level[kind]);
            return (
              <span key={kind}>
                <small>{d.short[kind]}</small> {share === null ? '–' : `${share} %`}
              </span>
            );
          })}
        </span>
      </Cell>
    </li>
  );
}

/** When it closes, or opens next. */
function useHoursText({ open, closes_at, opens_at }: FloorDepartment): string {
  const { lang, screen } = useEnv();
  const d = useFloor().f.departments;
  const now = screen.now.value;
  const said = (at: number) =>
    sameDay(at, now) ? timeText(at, lang) : `${briefText(at, now, lang)} ${timeText(at, lang)}`;
  if (open) return closes_at === null ? d.always : d.closes(said(closes_at));
  return opens_at === null ? d.never : d.opens(said(opens_at));
}
