import { describe, expect, it } from 'vitest';
import type { Entry } from '@/client/entries';
import type { ConversationState, EventBody, IdentityProof, Person } from '@/client/protocol.gen';
import { FIRST_WISH, hindrance, lastWish } from './ask';
import { formOf, type Gate, minutesOf, outgrown, rulesOf, standing, standsIn } from './gates';
import { differs, kindOf, knownOf, signedFields } from './kinds';
import { confirms, isReason } from './reason';
import { methodLabel, stepAt, stripOf } from './steps';

const ME = { id: 'me', role: 'agent' as const };
const BOSS = { id: 'boss', role: 'supervisor' as const };
const STATE: ConversationState = {
  id: 'c',
  state: 'active',
  assignee: ME,
  visitor: { id: 'v', name: 'Kim' },
  lang: 'fi',
  opened_at: 1,
};
const REQUEST = {
  id: 'q',
  by: ME,
  purpose: 'refund' as const,
  level: 'high' as const,
  expires_at: 600_000,
};
const PROOF: IdentityProof = {
  verification: 'q',
  at: 1_000_000,
  name: 'Test Customer One',
  method: 'Demo Bank A',
  level: 'substantial',
};
const MINUTE = 60_000;

let seq = 0;
function entry(event: EventBody, at = 1_000_000, by: Person = ME): Entry {
  seq += 1;
  return { key: String(seq), seq, at, by, event, mine: false, status: null, failure: null };
}

describe('asking', () => {
  it('is for who serves the customer, and for supervisors, once at a time', () => {
    expect(hindrance(STATE, ME)).toBe(null);
    expect(hindrance(STATE, { id: 'other', role: 'agent' })).toBe('not_assigned');
    expect(hindrance(STATE, BOSS)).toBe(null);
    expect(hindrance({ ...STATE, verification: REQUEST }, ME)).toBe('exists');
  });

  it('says what to do first where nobody serves, and nothing can be done when it is closed', () => {
    const waiting = { ...STATE, state: 'waiting' as const, assignee: null };
    expect(hindrance(waiting, ME)).toBe('waiting');
    expect(hindrance({ ...STATE, state: 'closed' }, BOSS)).toBe('closed');
  });

  it('begins again with the words of the last time', () => {
    const asked = { kind: 'identity_asked' as const, verification: { ...REQUEST, note: 'Tent' } };
    expect(lastWish([entry(asked)])).toEqual({ purpose: 'refund', level: 'high', note: 'Tent' });
    expect(lastWish([])).toBe(FIRST_WISH);
  });
});

describe('the steps', () => {
  it('go from asked to the bank, with the time that is left', () => {
    const asked = stripOf({ ...STATE, verification: REQUEST }, [], 540_000);
    expect(asked).toMatchObject({ phase: 'asked', left: MINUTE, failed: null });
    const opened = { ...REQUEST, state: 'opened' as const, method: 'demobank.a' };
    const paused = { id: 's', by: ME, state: 'paused' as const, pause: 'identity' as const };
    const strip = stripOf({ ...STATE, verification: opened, cobrowse: paused }, [], 700_000);
    expect(strip).toMatchObject({ phase: 'opened', left: 0, paused: true });
    expect(strip && stepAt(strip)).toBe(1);
  });

  it('say how the newest attempt failed, with the code of that very attempt', () => {
    const request = { ...REQUEST, failed: 'invalid' as const };
    const failed = entry({
      kind: 'identity_failed',
      verification: 'q',
      attempt: 'a',
      reason: 'invalid',
      code: 'wrong_nonce',
    });
    const state = { ...STATE, verification: request };
    expect(stripOf(state, [failed], 1)).toMatchObject({
      failed: { reason: 'invalid', code: 'wrong_nonce' },
    });
    expect(stripOf(state, [], 1)).toMatchObject({ failed: { reason: 'invalid', code: '' } });
    const again = { ...request, state: 'opened' as const };
    expect(stripOf({ ...STATE, verification: again }, [failed], 1)).toMatchObject({ failed: null });
  });

  it('tell a proof for ten seconds, and never one that has to be confirmed', () => {
    const verified = { kind: 'identity_verified' as const, proof: PROOF };
    expect(stripOf(STATE, [entry(verified)], 1_009_999)?.phase).toBe('verified');
    expect(stripOf(STATE, [entry(verified)], 1_010_000)).toBe(null);
    expect(stripOf(STATE, [entry({ ...verified, changed: true })], 1_000_001)).toBe(null);
  });

  it('offer to ask again after a no or a lapse, and say nothing of what staff took back', () => {
    const ended = (reason: 'declined' | 'expired' | 'withdrawn' | 'closed') =>
      stripOf(STATE, [entry({ kind: 'identity_ended', verification: 'q', reason })], 1_000_001);
    expect(ended('declined')).toEqual({ phase: 'declined' });
    expect(ended('expired')).toEqual({ phase: 'expired' });
    expect(ended('withdrawn')).toBe(null);
    expect(ended('closed')).toBe(null);
  });

  it('name a method by its label, or by what its id tells', () => {
    expect(methodLabel('demobank.a', new Map([['demobank.a', 'Demo Bank A']]))).toBe('Demo Bank A');
    expect(methodLabel('demobank.a', new Map())).toBe('a');
  });
});

describe('the kinds of customers', () => {
  it('are told apart, and a signed one who proved more is still signed', () => {
    expect(knownOf(STATE)).toMatchObject({ kind: 'anonymous', signed: false, proof: null });
    const signed = { ...STATE, visitor: { id: 'v', kind: 'identified' as const, customer: '7' } };
    expect(knownOf(signed)).toMatchObject({ kind: 'identified', customer: '7' });
    expect(knownOf({ ...signed, identity: PROOF })).toMatchObject({
      kind: 'verified',
      signed: true,
      proof: PROOF,
    });
    expect(kindOf({ id: 'v', kind: 'verified', customer: '7' })).toBe('verified');
  });

  it('count an erased proof for nothing', () => {
    const erased = { ...STATE, identity: { verification: 'q', at: 1 } };
    expect(knownOf(erased)).toMatchObject({ kind: 'anonymous', proof: null, erased: true });
  });

  it('claim a signature only for what the shop signed', () => {
    const by = { id: 'v', name: 'Kim', email: 'kim@shop.example', customer: '7' };
    const identified = entry({ kind: 'identified', visitor: by });
    expect(signedFields(by, [identified])).toEqual({ name: true, email: true });
    expect(signedFields({ ...by, name: 'Typed' }, [identified]).name).toBe(false);
    expect(signedFields(by, [])).toEqual({ name: false, email: false });
  });

  it('notice a told name that is not the proven one, but no shorter form of it', () => {
    expect(differs('test CUSTOMER', 'Test Customer One')).toBe(false);
    expect(differs('Kim', 'Test Customer One')).toBe(true);
    expect(differs('', 'Test Customer One')).toBe(false);
  });
});

describe('gates', () => {
  const rule = { level: 'substantial' as const, max_age: 60 };

  it('open for a proof that is good and young enough, and say until when', () => {
    expect(standing(rule, PROOF, PROOF.at)).toEqual({
      open: true,
      until: PROOF.at + 60 * MINUTE,
    });
    expect(standing(rule, PROOF, PROOF.at + 60 * MINUTE).open).toBe(true);
    expect(standing(null, null, 0)).toEqual({ open: true, until: null });
  });

  it('say what is missing', () => {
    const lacks = (proof: IdentityProof | null, now = PROOF.at) => standing(rule, proof, now);
    expect(lacks(null)).toEqual({ open: false, lacks: 'proof' });
    expect(lacks({ verification: 'q', at: PROOF.at })).toEqual({ open: false, lacks: 'proof' });
    expect(lacks({ ...PROOF, level: 'low' })).toEqual({ open: false, lacks: 'level' });
    expect(lacks(PROOF, PROOF.at + 60 * MINUTE + 1)).toEqual({ open: false, lacks: 'age' });
  });

  it('shut on what is confidential while somebody else is to be confirmed', () => {
    const changed = { identity: PROOF, identity_changed: { ...PROOF, verification: 'q' } };
    const stands = (action: Gate['action']) => standsIn({ action, ...rule }, changed, PROOF.at);
    expect(stands('confidential')).toEqual({ open: false, lacks: 'person' });
    expect(stands('history').open).toBe(true);
    const off: Gate = { action: 'confidential', level: null, max_age: null };
    expect(standsIn(off, changed, PROOF.at).open).toBe(true);
    expect(standsIn({ action: 'confidential', ...rule }, { identity: PROOF }, PROOF.at).open).toBe(
      true,
    );
  });

  it('name what a proof has grown too old for', () => {
    const gates: Gate[] = [
      { action: 'history', ...rule },
      { action: 'confidential', level: 'substantial', max_age: 30 },
    ];
    expect(outgrown(gates, PROOF, PROOF.at + 45 * MINUTE)).toEqual(['confidential']);
    expect(outgrown(gates, null, PROOF.at)).toEqual([]);
  });

  it('are typed as whole minutes of a day, and kept while they are off', () => {
    expect([' 60 ', '1', '1440'].map(minutesOf)).toEqual([60, 1, 1440]);
    expect(['', '0', '1441', '1.5', '-1', '1e2'].map(minutesOf)).toEqual(Array(6).fill(null));
    const form = formOf({ history: rule, confidential: null });
    expect(rulesOf(form)).toEqual({ history: rule, confidential: null });
    form.history.minutes = 'x';
    expect(rulesOf(form)).toBe(null);
    form.history.on = false;
    expect(rulesOf(form)).toEqual({ history: null, confidential: null });
  });
});

describe('what is written in the log', () => {
  it('takes reasons of 3 to 200 characters, and the very word', () => {
    expect(['ab', '  a ', 'abc', 'x'.repeat(200), 'x'.repeat(201)].map(isReason)).toEqual([
      false,
      false,
      true,
      true,
      false,
    ]);
    expect(confirms(' erase ', 'ERASE')).toBe(true);
    expect(confirms('eras', 'ERASE')).toBe(false);
  });
});
