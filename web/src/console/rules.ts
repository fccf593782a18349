/** A site's rules of co-browsing as they are typed: one to a line, and what is wrong with which. Pure. */

export const RULE_KINDS = ['mask', 'block', 'nocontrol', 'pause', 'assets'] as const;
export type RuleKind = (typeof RULE_KINDS)[number];
export type Rules = Record<RuleKind, string[]>;
export type RuleTexts = Record<RuleKind, string>;

export type Mistake = 'selector' | 'path' | 'host' | 'long' | 'many';

export interface Problem {
  /** From 1, as a reader counts; null: the list as a whole. */
  line: number | null;
  mistake: Mistake;
}

const MAX_RULES = 100; // of a kind (server/domain/rules.py)
const MAX_RULE = 200; // characters
const HOST = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)+(?::[0-9]{1,5})?$/i;

export function linesOf(text: string): string[] {
  return [...new Set(text.split('\n').map((line) => line.trim()))].filter(Boolean);
}

/** `selects`: whether the browser knows a selector. */
export function problemsOf(
  kind: RuleKind,
  text: string,
  selects: (selector: string) => boolean,
): Problem[] {
  const problems: Problem[] = [];
  text.split('\n').forEach((typed, at) => {
    const mistake = mistakeOf(kind, typed.trim(), selects);
    if (mistake) problems.push({ line: at + 1, mistake });
  });
  if (linesOf(text).length > MAX_RULES) problems.push({ line: null, mistake: 'many' });
  return problems;
}

function mistakeOf(
  kind: RuleKind,
  line: string,
  selects: (selector: string) => boolean,
): Mistake | null {
  if (line === '') return null;
  if (line.length > MAX_RULE) return 'long';
  switch (kind) {
    case 'pause':
      return /^[/*][^\s?#]*$/.test(line) ? null : 'path';
    case 'assets':
      return HOST.test(line) ? null : 'host';
    default:
      return selects(line) ? null : 'selector';
  }
}
