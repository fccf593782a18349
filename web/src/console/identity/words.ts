/** Sentences that are made of several words of the language. Pure. */
import { type Gate, ruleOf } from './gates';
import type { IdentityStrings } from './strings.en';

/** What a gate asks for: "needs bank ID, level substantial, at most 1 hour old". */
export function needsText(gate: Gate, who: IdentityStrings): string {
  const rule = ruleOf(gate);
  return rule ? who.panel.needs(who.levels[rule.level], who.age(rule.max_age)) : '';
}
