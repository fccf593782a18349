/**
 * I look in as a supervisor: what I do, what others see of it, and the ways on. A call is joined by
 * a press, because that is what the browser lets sound begin with; another part changes what I send
 * into it at once.
 */
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { ConversationState } from '@/client/protocol.gen';
import { Button } from '@/ui/button';
import { PhoneIcon } from '@/ui/icons';
import { useCalls } from '../calls';
import { useEnv } from '../env';
import { supervise } from './acting';
import { BargeIcon, EarIcon, TakeIcon, WhisperIcon } from './icons';
import { PARTS, type Part, SENDS, supervisions } from './observing';
import './bar.css';

const ICONS = { listen: EarIcon, whisper: WhisperIcon, barge: BargeIcon };

export function SupervisorBar({ part, state }: { part: Part; state: ConversationState }): VNode {
  const env = useEnv();
  const { desk, s } = env;
  const calls = useCalls();
  const b = s.bar;
  const conv = state.id;
  const Icon = ICONS[part];
  const inCall = state.call?.members.some(({ person }) => person.id === desk.id) ?? false;
  const can = supervisions(state, desk.id, desk.me.agent.role);
  useSending(conv, part);
  return (
    <section
      class="banner watch"
      data-tone={part === 'barge' ? 'accent' : 'private'}
      aria-label={b.label}
    >
      <Icon />
      <p class="watch-text" role="status">
        <b>{b[part]}</b> {b[`${part}Hint`]}
      </p>
      <fieldset class="watch-parts">
        <legend class="hidden-text">{b.parts}</legend>
        {PARTS.map((one) => (
          <label key={one}>
            <input
              type="radio"
              name={`watch-${conv}`}
              checked={one === part}
              onChange={() => supervise(one, state, env)}
            />
            {b.short[one]}
          </label>
        ))}
      </fieldset>
      <div class="watch-acts">
        {state.call && !inCall && (
          <Button
            variant="primary"
            icon={<PhoneIcon size={18} />}
            onClick={() => void calls.join(conv, SENDS[part])}
          >
            {b.join[part]}
          </Button>
        )}
        {can.includes('take') && (
          <Button icon={<TakeIcon size={18} />} onClick={() => supervise('take', state, env)}>
            {b.take}
          </Button>
        )}
        <Button onClick={() => supervise('stop', state, env)}>{b.stop}</Button>
      </div>
    </section>
  );
}

/** Opens or closes the microphone of a call that one is in already, when the part changes. */
function useSending(conv: string, part: Part): void {
  const calls = useCalls();
  const before = useRef(part);
  useEffect(() => {
    if (before.current === part) return;
    before.current = part;
    const active = calls.clients.peek().find((one) => one.conv === conv);
    if (!active?.client.joined.peek()) return;
    void active.client.setMic(part !== 'listen');
    if (part === 'barge') return;
    void active.client.setCamera(false);
    void active.client.setScreen(false);
  }, [calls, conv, part]);
}
