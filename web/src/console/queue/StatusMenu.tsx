/** Who one is, how one stands since when, and how much one serves; and the menu that changes it. */
import type { VNode } from 'preact';
import { timeText } from '@/i18n';
import { CheckIcon } from '@/ui/icons';
import { Menu, type MenuItem } from '@/ui/menu';
import { useEnv } from '../env';
import './queue.css';
import { AWAY_REASONS } from './standing';
import { stateText } from './words';

export function StatusMenu(): VNode {
  const { desk, lang, q, standing } = useEnv();
  const frame = standing.frame.value;
  const s = q.status;
  const name = desk.me.agent.name;
  const reason = frame?.reason ?? '';
  const said = frame ? stateText(frame.state, reason, q) : s.unknown;
  const from = frame?.since ? timeText(frame.since, lang) : '';
  const since = from && s.since(from);
  const brief = [said, from].filter(Boolean).join(' · ');
  const choice = (label: string, on: boolean, run: () => void): MenuItem => ({
    label,
    checked: on,
    icon: on ? <CheckIcon size={18} /> : <span class="gap" />,
    run,
  });
  const items: MenuItem[] = [
    choice(s.states.available, frame?.state === 'available', () => void standing.set('available')),
    ...AWAY_REASONS.map((why) =>
      choice(
        s.awayFor(s.reasons[why] ?? why),
        frame?.state === 'away' && reason === why,
        () => void standing.set('away', why),
      ),
    ),
  ];
  const used = frame?.used ?? 0;
  const capacity = frame?.capacity ?? 0;
  return (
    <div class="status">
      <Menu
        label={s.menu}
        items={items}
        side="up"
        align="start"
        disabled={frame === null}
        face={{
          class: 'availability',
          children: (
            <>
              <span class="availability-dot" data-state={frame?.state} />
              <span class="availability-text">
                <b>{name}</b>
                {capacity > 0 && (
                  <span
                    class="status-load"
                    title={s.loadLabel(used, capacity)}
                    data-full={used >= capacity || undefined}
                  >
                    <span aria-hidden="true">{s.load(used, capacity)}</span>
                    <span class="hidden-text">{s.loadLabel(used, capacity)}</span>
                  </span>
                )}
                <small title={since}>{brief}</small>
              </span>
            </>
          ),
        }}
      />
    </div>
  );
}
