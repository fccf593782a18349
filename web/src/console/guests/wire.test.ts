import { expect, test } from 'vitest';
import { type Guest, ordered, standingOf } from './wire';

const NOW = 100_000;

function guest(id: string, change: Partial<Guest> = {}): Guest {
  return {
    ...{ id, kind: 'publish', label: id, by_name: 'One', created_at: 0, expires_at: NOW + 1 },
    ...{ revoked: false, connected: false },
    ...change,
  };
}

test('a token is awaited until it is too late to begin', () => {
  expect(standingOf(guest('a'), new Set(), NOW)).toBe('awaited');
  expect(standingOf(guest('a', { expires_at: NOW }), new Set(), NOW)).toBe('expired');
});

test('who is in the call stays in it after the time to begin', () => {
  expect(standingOf(guest('a', { expires_at: 0 }), new Set(['a']), NOW)).toBe('here');
});

test('a token that was taken back stands so, though its guest is still leaving', () => {
  expect(standingOf(guest('a', { revoked: true }), new Set(['a']), NOW)).toBe('revoked');
});

test('who is in the call is first, what is over last, the newest first among equals', () => {
  const guests = [
    guest('over', { revoked: true }),
    guest('old', { created_at: 1 }),
    guest('new', { created_at: 2 }),
    guest('in'),
  ];
  const ids = ordered(guests, new Set(['in']), NOW).map(({ guest: { id } }) => id);
  expect(ids).toEqual(['in', 'new', 'old', 'over']);
});
