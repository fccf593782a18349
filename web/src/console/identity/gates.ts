/**
 * Gates: how well, and how lately, a customer must have proved who they are for an action. The
 * server decides; this says beforehand what it will say, second by second, and why. Pure.
 */
import type { ConversationState, IdentityProof } from '@/client/protocol.gen';
import type { Level } from './ask';

export type GateAction = 'history' | 'confidential';

export const GATE_ACTIONS: readonly GateAction[] = ['history', 'confidential'];

export interface Rule {
  level: Level;
  /** Minutes. */
  max_age: number;
}

/** A site's rules as supervisors set them; null: the action needs no proof. */
export type Rules = Record<GateAction, Rule | null>;

/** What the server says of one; without a level it is off. */
export interface Gate {
  action: GateAction;
  level: Level | null;
  max_age: number | null;
}

export const LEVELS: readonly Level[] = ['low', 'substantial', 'high'];
export const MAX_AGE = 1440; // minutes (server/domain/gates.py)
const MINUTE = 60_000;

export type Standing =
  | { open: true; until: number | null }
  | { open: false; lacks: 'proof' | 'level' | 'age' | 'person' };

/** How a gate stands for the proof that counts at `now`, ms. */
export function standing(rule: Rule | null, proof: IdentityProof | null, now: number): Standing {
  if (!rule) return { open: true, until: null };
  if (!proof?.level) return { open: false, lacks: 'proof' };
  if (LEVELS.indexOf(proof.level) < LEVELS.indexOf(rule.level)) {
    return { open: false, lacks: 'level' };
  }
  const until = proof.at + rule.max_age * MINUTE;
  return now > until ? { open: false, lacks: 'age' } : { open: true, until };
}

export function ruleOf(gate: Gate): Rule | null {
  const { level, max_age } = gate;
  return level && max_age ? { level, max_age } : null;
}

/**
 * How a gate stands in a conversation. What is confidential would reach whoever has just proved to
 * be somebody else, so it waits until staff has said who it is.
 */
export function standsIn(
  gate: Gate,
  state: Pick<ConversationState, 'identity' | 'identity_changed'>,
  now: number,
): Standing {
  const rule = ruleOf(gate);
  if (rule && gate.action === 'confidential' && state.identity_changed) {
    return { open: false, lacks: 'person' };
  }
  return standing(rule, state.identity ?? null, now);
}

/** The actions that a proof has become too old for. */
export function outgrown(
  gates: readonly Gate[],
  proof: IdentityProof | null,
  now: number,
): GateAction[] {
  return gates.flatMap((gate) => {
    const stands = standing(ruleOf(gate), proof, now);
    return !stands.open && stands.lacks === 'age' ? [gate.action] : [];
  });
}

/** What minutes were typed; null when they are none that a gate can have. */
export function minutesOf(typed: string): number | null {
  if (!/^[0-9]{1,4}$/.test(typed.trim())) return null;
  const minutes = Number(typed);
  return minutes >= 1 && minutes <= MAX_AGE ? minutes : null;
}

/** Rules as they are typed; what is off keeps what was typed. */
export type Form = Record<GateAction, { on: boolean; level: Level; minutes: string }>;

export function formOf(rules: Rules): Form {
  const of = (rule: Rule | null): Form[GateAction] => ({
    on: rule !== null,
    level: rule?.level ?? 'substantial',
    minutes: String(rule?.max_age ?? 60),
  });
  return { history: of(rules.history), confidential: of(rules.confidential) };
}

/** The rules that a form says; null while something in it cannot be. */
export function rulesOf(form: Form): Rules | null {
  const rules: Rules = { history: null, confidential: null };
  for (const action of GATE_ACTIONS) {
    const { on, level, minutes } = form[action];
    if (!on) continue;
    const max_age = minutesOf(minutes);
    if (max_age === null) return null;
    rules[action] = { level, max_age };
  }
  return rules;
}
