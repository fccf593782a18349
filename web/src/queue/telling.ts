/**
 * When a screen reader hears how one stands: a new place is news, a range that moved is not, and
 * two pieces of news that change by themselves are apart. Pure.
 */
import type { Standing } from './standing.ts';

const APART = 20_000; // ms between what is told unasked
const SETTLES = 1_000; // ms that news must have lasted: what is over at once is not told

/**
 * What makes news: not the range, which moves with each place of others. "": nothing; who serves,
 * a call back that was asked for and the end of the wait are lines of the log, which tells them.
 */
export function newsOf(standing: Standing | null): string {
  switch (standing?.kind) {
    case 'waiting':
      return `waiting ${standing.place}`;
    case 'ringing':
    case 'unstaffed':
      return standing.kind;
    default:
      return '';
  }
}

/**
 * Return in how many ms to tell `news`; null: it is known.
 *
 * @param told what was told last, and when (ms)
 */
export function tellIn(
  news: string,
  told: { news: string; at: number } | null,
  now: number,
): number | null {
  if (!news || news === told?.news) return null;
  if (!told) return SETTLES;
  return Math.max(SETTLES, told.at + APART - now);
}
