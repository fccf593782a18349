/** How long until somebody must have an answer: with a word as soon as it presses, not colour alone. */
import type { VNode } from 'preact';
import type { QueueState, ServiceClock } from '@/client/protocol.gen';
import { useEnv } from '../env';
import { countdown } from './clocks';
import { HourglassIcon } from './icons';
import { countdownText } from './words';

interface ClockChipProps {
  of: { clock?: ServiceClock | null; queue?: QueueState | null };
}

export function ClockChip({ of }: ClockChipProps): VNode | null {
  const { q, screen } = useEnv();
  const count = countdown(of, screen.now.value);
  if (!count) return null;
  const text = countdownText(count, q);
  return (
    <span class="clock-chip" data-state={count.state} title={text.long}>
      <HourglassIcon size={14} />
      <span aria-hidden="true">{text.brief}</span>
      <span class="hidden-text">{text.long}</span>
    </span>
  );
}
