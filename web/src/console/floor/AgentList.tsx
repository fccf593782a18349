/** The agents: how they stand, how much they have, whom they serve. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useId } from 'preact/hooks';
import { Avatar } from '@/ui/avatar';
import { Button, IconButton } from '@/ui/button';
import { DownIcon, SettingsIcon } from '@/ui/icons';
import { Empty } from '../Empty';
import { useEnv } from '../env';
import { visitorName } from '../names';
import { countdown } from '../queue/clocks';
import { langName } from '../queue/words';
import { clock } from '../views';
import { Cell, HeadRow } from './cells';
import { departmentName, useFloor } from './context';
import type { Held } from './holding';
import { goTo } from './Nav';
import { ofDepartment, presenceOf, sortAgents } from './overview';
import { useHeld } from './useHeld';
import { Only } from './WaitingList';
import type { FloorAgent, Serving } from './wire';

export function AgentList(): VNode {
  const env = useEnv();
  const { f, floor, only } = useFloor();
  const a = f.agents;
  const chosen = only.value;
  const sorted = sortAgents(ofDepartment(floor.agents, chosen));
  const { rows, bind } = useHeld(sorted, ({ id }) => id);
  const name = chosen === null ? '' : departmentName(floor, chosen);
  return (
    <section class="floor-part" aria-labelledby="floor-agents">
      <h2 id="floor-agents">
        {a.title}
        {name && <Only name={name} />}
      </h2>
      {rows.length === 0 ? (
        <Empty title={a.emptyTitle} text={chosen === null ? a.emptyText : a.filteredText(name)}>
          <Button onClick={() => goTo({ at: 'admin', page: 'agents' }, env)}>
            {a.emptyAction}
          </Button>
        </Empty>
      ) : (
        <>
          <HeadRow
            class="cols-agents"
            labels={[a.name, a.state, a.load, a.departments, a.skills, a.today]}
          />
          <ul {...bind}>
            {rows.map((held) => (
              <Row key={held.key} held={held} />
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function Row({ held }: { held: Held<FloorAgent> }): VNode {
  const { q, screen } = useEnv();
  const { asked, f, floor } = useFloor();
  const a = f.agents;
  const agent = held.item;
  const open = useSignal(false);
  const id = useId();
  const presence = presenceOf(agent);
  const seconds = Math.max(0, Math.floor((screen.now.value - agent.since) / 1000));
  const reason = presence === 'away' ? (q.status.reasons[agent.reason] ?? agent.reason) : '';
  const places = agent.departments.map((one) => departmentName(floor, one)).filter(Boolean);
  const skills = Object.entries(agent.skills).map(([skill, level]) => `${skill} ${level}`);
  const many = agent.serving.length;
  return (
    <li class="floor-agent" data-gone={held.gone || undefined}>
      <div class="floor-row cols-agents">
        <span class="cell cell-main cell-who">
          <Avatar id={agent.id} name={agent.name} size={32} />
          <span class="cell-stack">
            <b>{agent.name}</b>
            <small>{agent.langs.map(langName).join(', ')}</small>
          </span>
        </span>
        <Cell label={a.state}>
          <span class="presence" data-presence={presence}>
            <i class="dot" data-presence={presence} />
            <span class="cell-stack">
              <span>
                {a.states[presence]}
                {reason && `: ${reason}`}
              </span>
              {presence !== 'offline' && agent.since > 0 && <small>{clock(seconds)}</small>}
            </span>
          </span>
        </Cell>
        <Cell label={a.load}>
          <Load used={agent.used} capacity={agent.capacity} />
          {many === 0 ? (
            <small>{a.free}</small>
          ) : (
            <button
              type="button"
              class="serving-toggle"
              aria-expanded={open.value}
              aria-controls={id}
              onClick={() => {
                open.value = !open.value;
              }}
            >
              {a.serving(many)}
              <span class="hidden-text">{`: ${agent.name}`}</span>
              <DownIcon size={16} />
            </button>
          )}
        </Cell>
        <Cell label={a.departments}>
          <span class="cell-clip" title={places.join(', ')}>
            {places.join(', ') || <span class="faint">{a.none}</span>}
          </span>
        </Cell>
        <Cell label={a.skills}>
          <span class="cell-clip" title={skills.join(', ')}>
            {skills.join(', ') || <span class="faint">{a.noSkills}</span>}
          </span>
        </Cell>
        <Cell label={a.today}>
          <span class="cell-stack">
            <span>{a.served(agent.served_today)}</span>
            {agent.missed_today > 0 && <small>{a.missed(agent.missed_today)}</small>}
          </span>
        </Cell>
        <span class="cell-acts">
          <IconButton
            label={a.set(agent.name)}
            icon={<SettingsIcon />}
            onClick={() => {
              asked.value = { state: agent };
            }}
          />
        </span>
      </div>
      {open.value && many > 0 && (
        <ul id={id} class="serving">
          {agent.serving.map((one) => (
            <ServingRow key={one.conv} serving={one} />
          ))}
        </ul>
      )}
    </li>
  );
}

function Load({ used, capacity }: { used: number; capacity: number }): VNode {
  const { f } = useFloor();
  const share = capacity > 0 ? Math.min(1, used / capacity) : 0;
  return (
    <span class="load" data-full={used >= capacity || undefined}>
      <span class="load-bar" aria-hidden="true">
        <span style={{ width: `${Math.round(share * 100)}%` }} />
      </span>
      {f.agents.loadOf(used, capacity)}
    </span>
  );
}

function ServingRow({ serving }: { serving: Serving }): VNode {
  const { desk, screen, t } = useEnv();
  const { f } = useFloor();
  const now = screen.now.value;
  const due = countdown({ clock: serving.clock }, now);
  const seconds = Math.max(0, Math.floor((now - serving.since) / 1000));
  return (
    <li>
      <button type="button" class="floor-link" onClick={() => desk.select(serving.conv)}>
        {visitorName(serving.visitor, t)}
      </button>
      <small>
        {f.waiting.modes[serving.mode]}
        {serving.state === 'wrapup' && ` · ${f.agents.wrapup}`}
      </small>
      <small class="number">{clock(seconds)}</small>
      <small class="since" data-urgency={DUE[due?.state ?? 'pending']}>
        {due &&
          `${due.state === 'breached' ? f.agents.late : f.agents.awaits} ${clock(due.seconds)}`}
      </small>
    </li>
  );
}

const DUE = { pending: 'calm', imminent: 'soon', breached: 'late' } as const;
