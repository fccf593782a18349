import { describe, expect, it } from 'vitest';
import type { Reservation } from '@/client/protocol.gen';
import {
  canPull,
  newOffers,
  offerKey,
  openWrapups,
  ringing,
  secondsLeft,
  shareLeft,
} from './offers';
import { refusalOf } from './refusals';
import { queueEn } from './strings.en';

function offer(task: string, deadline_at: number, fence = 1): Reservation {
  const department = { id: 'd', name: 'Sales' };
  const why = { kind: 'idle' as const };
  const times = { since: 0, offered_at: deadline_at - 15_000, deadline_at };
  const who = { conv: `c${task}`, visitor: { id: 'v' }, lang: 'en' };
  return { task, fence, ...who, department, mode: 'chat', ...times, why };
}
const tasks = (offers: Reservation[]) => offers.map(({ task }) => task);
const none: ReadonlySet<string> = new Set();

describe('the offers that ring', () => {
  it('are in the order in which they must be answered, whatever order they came in', () => {
    const all = [offer('b', 30_000), offer('a', 20_000), offer('c', 30_000)];
    expect(tasks(ringing(all, none, 0))).toEqual(['a', 'b', 'c']);
  });

  it('stop at their deadline to the millisecond', () => {
    expect(ringing([offer('a', 20_000)], none, 19_999)).toHaveLength(1);
    expect(ringing([offer('a', 20_000)], none, 20_000)).toHaveLength(0);
  });

  it('are not shown again once answered, but the same task offered anew is', () => {
    const answered = new Set([offerKey(offer('a', 20_000, 3))]);
    expect(ringing([offer('a', 20_000, 3)], answered, 0)).toHaveLength(0);
    expect(ringing([offer('a', 20_000, 5)], answered, 0)).toHaveLength(1);
  });

  it('are news once, and again when the task comes back with another fence', () => {
    const first = [offer('a', 20_000, 1)];
    expect(tasks(newOffers([], first))).toEqual(['a']);
    expect(newOffers(first, [offer('a', 20_000, 1)])).toEqual([]);
    expect(tasks(newOffers(first, [offer('a', 40_000, 3)]))).toEqual(['a']);
  });
});

describe('the countdown', () => {
  it('tells a whole second until it has passed, and never less than none', () => {
    expect(secondsLeft(10_000, 0)).toBe(10);
    expect(secondsLeft(10_000, 1)).toBe(10);
    expect(secondsLeft(10_000, 9_001)).toBe(1);
    expect(secondsLeft(10_000, 12_000)).toBe(0);
  });

  it('empties its ring from the offer to the deadline, on whatever clock', () => {
    expect(shareLeft(1000, 16_000, 1000)).toBe(1);
    expect(shareLeft(1000, 16_000, 8500)).toBe(0.5);
    expect(shareLeft(1000, 16_000, 99_000)).toBe(0);
    expect(shareLeft(1000, 16_000, 0)).toBe(1);
    expect(shareLeft(5, 5, 5)).toBe(0);
  });
});

describe('what else a desk allows', () => {
  it('keeps a wrap-up until its time is over or it was ended', () => {
    const wrapup = (task: string, until: number) => ({
      task,
      conv: 'c',
      visitor: { id: 'v' },
      until,
    });
    const all = [wrapup('b', 9000), wrapup('a', 5000)];
    expect(openWrapups(all, none, 0).map(({ task }) => task)).toEqual(['a', 'b']);
    expect(openWrapups(all, new Set(['a']), 0).map(({ task }) => task)).toEqual(['b']);
    expect(openWrapups(all, none, 9000)).toEqual([]);
  });

  it('lets the next one be taken only by whoever is there and has a place left', () => {
    const desk = { t: 'desk' as const, state: 'available' as const, used: 1, capacity: 2, next: 1 };
    expect(canPull(desk)).toBe(true);
    expect(canPull({ ...desk, used: 2 })).toBe(false);
    expect(canPull({ ...desk, next: 0 })).toBe(false);
    expect(canPull({ ...desk, state: 'away' })).toBe(false);
    expect(canPull({ ...desk, state: 'not_responding' })).toBe(false);
    expect(canPull(null)).toBe(false);
  });
});

describe('a refusal', () => {
  it('is told of whoever it is about', () => {
    expect(refusalOf('no_capacity', 'transfer.request')).toBe('colleague_full');
    expect(refusalOf('no_capacity', 'conversation.accept')).toBe('no_capacity');
    expect(refusalOf('agent_unavailable', 'next')).toBe('not_available');
    expect(refusalOf('agent_unavailable', 'consult.ask')).toBe('agent_unavailable');
    expect(refusalOf('offer_gone', 'offer.accept')).toBe('offer_gone');
  });

  it('has its sentence in the console', () => {
    for (const word of ['offer_gone', 'already_offered', 'no_capacity', 'colleague_full']) {
      expect(queueEn.refused[word]).toBeTruthy();
    }
  });
});
