/** A ring that empties, with the seconds in it. Its length follows the clock, not a timer of its own. */
import type { VNode } from 'preact';
import { secondsLeft, shareLeft } from './offers';

const RADIUS = 20;
const LENGTH = 2 * Math.PI * RADIUS;
const TICK = 1000; // ms; the stylesheet moves the ring for as long, so it is told where it will be
const PRESSING = 5; // seconds

interface RingProps {
  from: number;
  until: number;
  now: number;
  /** What the number means, for those who hear it. */
  label: (seconds: number) => string;
}

export function Ring({ from, until, now, label }: RingProps): VNode {
  // Our idea of the server's clock may be a little behind the moment when it began.
  const seconds = secondsLeft(until, Math.max(from, now));
  const share = shareLeft(from, until, now + TICK);
  return (
    <span
      class="ring"
      role="timer"
      aria-label={label(seconds)}
      data-pressing={seconds <= PRESSING || undefined}
    >
      <svg viewBox="0 0 48 48" width="48" height="48" aria-hidden="true">
        <circle class="ring-track" cx="24" cy="24" r={RADIUS} />
        <circle
          class="ring-left"
          cx="24"
          cy="24"
          r={RADIUS}
          style={{ strokeDasharray: LENGTH, strokeDashoffset: LENGTH * (1 - share) }}
        />
      </svg>
      <b aria-hidden="true">{seconds}</b>
    </span>
  );
}
