/** Sentences of the queue that are made of several words of the language. Pure. */
import type { Need, Reason } from '@/client/protocol.gen';
import { LANG_NAMES, LANGS, type Lang } from '@/i18n';
import { clock } from '../views';
import type { Countdown } from './clocks';
import type { QueueStrings } from './strings.en';

/** A language by its own name; a tag that the console does not know stays a tag. */
export function langName(tag: string): string {
  const known = LANGS.find((lang) => lang === tag);
  return known ? LANG_NAMES[known] : tag;
}

/** "Tents 4+, Skis": a level is told when more than some knowledge is asked for. */
export function needsText(needs: readonly Need[]): string {
  return needs.map(({ skill, level = 1 }) => (level > 1 ? `${skill} ${level}+` : skill)).join(', ');
}

/** Why this agent, and what was asked for in vain. `you`: told to that agent. */
export function whyText(why: Reason, q: QueueStrings, you: boolean): string {
  const said = sentence(why, q.why, you);
  const waived = (why.waived ?? []).map((what) => waivedName(what, q));
  return waived.length > 0 ? `${said}; ${q.why.waived(waived.join(', '))}` : said;
}

function sentence(why: Reason, w: QueueStrings['why'], you: boolean): string {
  switch (why.kind) {
    case 'skill':
      return (you ? w.skillYou : w.skill)(why.skill ?? '', why.level ?? 0);
    case 'idle':
      return (you ? w.idleYou : w.idle)(clock(why.seconds ?? 0));
    default:
      return you ? w[`${why.kind}You`] : w[why.kind];
  }
}

/** What is waived is a skill's name, or the tag of a language. */
function waivedName(what: string, q: QueueStrings): string {
  const known = LANGS.find((lang: Lang) => lang === what);
  return known ? q.why.lang(LANG_NAMES[known]) : what;
}

/** How an agent stands, in a word or two. */
export function stateText(
  state: keyof QueueStrings['status']['states'],
  reason: string,
  q: QueueStrings,
): string {
  const { states, reasons, awayFor } = q.status;
  if (state !== 'away' || reason === '') return states[state];
  return awayFor(reasons[reason] ?? reason);
}

/** A countdown for a narrow place, and in a whole sentence. */
export function countdownText(count: Countdown, q: QueueStrings): { brief: string; long: string } {
  const time = clock(count.seconds);
  const words = count.of === 'wait' ? q.clock.take : q.clock.long;
  return { brief: q.clock[count.state](time), long: words[count.state](time) };
}
