import { expect, it } from 'vitest';
import type { Entry } from '@/client/entries';
import type { EventBody } from '@/client/protocol.gen';
import { declinedAt } from './asked';

const line = (at: number, event: EventBody) =>
  ({ key: `${at}`, seq: at, at, by: { id: 'v', role: 'visitor' }, event }) as Entry;
const asked: EventBody = { kind: 'cobrowse_asked', cobrowse: 'c' };
const declined: EventBody = { kind: 'cobrowse_declined', cobrowse: 'c' };

it('knows when the customer said no, whatever was written since', () => {
  const chat = line(9, { kind: 'message', id: 'm', text: 'hi' });
  expect(declinedAt([line(1, asked), line(2, declined), chat])).toBe(2);
});

it('forgets it with the next wish', () => {
  expect(declinedAt([line(2, declined), line(3, { ...asked, cobrowse: 'd' })])).toBeNull();
  expect(declinedAt([])).toBeNull();
});
