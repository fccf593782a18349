import { describe, expect, it } from 'vitest';
import type { Entry } from '@/client/entries';
import type { EventBody, Person } from '@/client/protocol.gen';
import { rowsOf, statusKey } from './rows';

const visitor: Person = { id: 'v', role: 'visitor' };
const agent: Person = { id: 'a', role: 'agent', name: 'Agent One' };
const dayOf = (at: number) => String(Math.floor(at / 86_400_000));

function entry(
  seq: number,
  at: number,
  by: Person,
  event: Partial<EventBody> & { kind: string },
): Entry {
  return {
    key: `k${seq}`,
    seq,
    at,
    by,
    event: event as EventBody,
    mine: by === agent,
    status: by === agent ? 'sent' : null,
    failure: null,
  };
}

const line = (seq: number, at: number, by: Person, over: object = {}) =>
  entry(seq, at, by, { kind: 'message', id: `m${seq}`, text: 'x', ...over });
const shape = (rows: ReturnType<typeof rowsOf>) =>
  rows.map((r) =>
    r.kind === 'line' ? `${r.first ? '[' : '-'}${r.key}${r.last ? ']' : '-'}` : r.kind,
  );

describe('timeline rows', () => {
  it('groups lines of one hand that are close in time', () => {
    const rows = rowsOf(
      [line(1, 0, visitor), line(2, 1000, visitor), line(3, 2000, agent), line(4, 900_000, agent)],
      null,
      dayOf,
    );
    expect(shape(rows)).toEqual(['day', '[k1-', '-k2]', '[k3]', '[k4]']);
  });

  it('begins each day anew', () => {
    const rows = rowsOf([line(1, 86_399_000, visitor), line(2, 86_401_000, visitor)], null, dayOf);
    expect(shape(rows)).toEqual(['day', '[k1]', 'day', '[k2]']);
  });

  it('never groups private words with what the customer sees', () => {
    const rows = rowsOf([line(1, 0, agent), line(2, 1, agent, { consult: true })], null, dayOf);
    expect(shape(rows)).toEqual(['day', '[k1]', '[k2]']);
    const note = entry(3, 2, agent, { kind: 'note', text: 'n' });
    expect(shape(rowsOf([line(1, 0, agent), note], null, dayOf))).toEqual(['day', '[k1]', '[k3]']);
  });

  it('never groups what is confidential with what others read', () => {
    const lines = [line(1, 0, agent), line(2, 1, agent, { confidential: true })];
    expect(shape(rowsOf(lines, null, dayOf))).toEqual(['day', '[k1]', '[k2]']);
  });

  it('leaves out what is not for this reader', () => {
    const asked = entry(2, 1, agent, { kind: 'identity_failed', reason: 'invalid' });
    const rows = [line(1, 0, visitor), asked];
    expect(shape(rowsOf(rows, null, dayOf, new Set(['identity_failed'])))).toEqual(['day', '[k1]']);
    expect(shape(rowsOf(rows, null, dayOf))).toEqual(['day', '[k1]', 'act']);
  });

  it('marks where news begins once, at the first unseen line of somebody else', () => {
    const rows = rowsOf(
      [line(1, 0, visitor), line(2, 1, agent), line(3, 2, visitor), line(4, 3, visitor)],
      1,
      dayOf,
    );
    expect(shape(rows)).toEqual(['day', '[k1]', '[k2]', 'news', '[k3-', '-k4]']);
  });

  it('leaves pages and links to their own places, and an act ends a group', () => {
    const rows = rowsOf(
      [
        line(1, 0, visitor),
        entry(2, 1, visitor, { kind: 'page', page: { url: 'https://shop.example/' } }),
        line(3, 2, visitor),
        entry(4, 3, agent, { kind: 'assigned', agent }),
        line(5, 4, visitor),
      ],
      null,
      dayOf,
    );
    expect(shape(rows)).toEqual(['day', '[k1-', '-k3]', 'act', '[k5]']);
  });

  it('says sent or seen under the last own line only', () => {
    const rows = rowsOf([line(1, 0, agent), line(2, 1, agent), line(3, 2, visitor)], null, dayOf);
    expect(statusKey(rows)).toBe('k2');
    expect(statusKey([])).toBeNull();
  });
});
