/** The times at which somebody can call back, by day. Pure. */
import { startOfDay } from '@/i18n/coming.ts';
import { timeText } from '@/i18n/dates.ts';
import type { Lang } from '@/i18n/i18n.ts';

const SLOT = 30 * 60 * 1000; // ms; the server offers a time every half an hour

/** What the server answers. `tz`: the shop's time zone. */
export interface CallbackTimes {
  times: number[];
  tz?: string;
}

export interface Day {
  /** Its midnight where the visitor is. */
  at: number;
  times: number[];
}

/** Group times by the visitor's days, in order; what has begun is left out. */
export function byDay(times: readonly number[], now: number): Day[] {
  const days: Day[] = [];
  for (const time of times.filter((one) => one > now).sort((a, b) => a - b)) {
    const at = startOfDay(time);
    const last = days.at(-1);
    if (last?.at === at) last.times.push(time);
    else days.push({ at, times: [time] });
  }
  return days;
}

/** "14:00–14:30" */
export function slotText(at: number, lang: Lang): string {
  return `${timeText(at, lang)}–${timeText(at + SLOT, lang)}`;
}
