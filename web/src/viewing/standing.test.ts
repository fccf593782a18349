import { describe, expect, it } from 'vitest';
import type { Entry } from '@/client/entries.ts';
import type { EventBody, Person } from '@/client/protocol.gen.ts';
import { controlNews, leftText, pathOf, standingOf, type View } from './standing.ts';

const ON: View = {
  state: 'online',
  refusal: null,
  failed: false,
  ready: true,
  sharing: true,
  curtain: null,
};

describe('how it stands', () => {
  it.each<[Partial<View>, string]>([
    [{}, 'on'],
    [{ sharing: false }, 'away'],
    [{ sharing: false, curtain: { t: 'curtain', down: true, reason: 'shopper' } }, 'shopper'],
    [{ curtain: { t: 'curtain', down: true } }, 'page'],
    [{ curtain: { t: 'curtain', down: false } }, 'on'],
    [{ state: 'offline', sharing: false }, 'lost'],
    [{ state: 'connecting', ready: false }, 'opening'],
    [{ failed: true, ready: false }, 'failed'],
    [{ state: 'refused', refusal: 'full', failed: true }, 'full'],
    [{ state: 'refused', refusal: 'no_cobrowse' }, 'refused'],
  ])('%j is "%s"', (change, standing) => {
    expect(standingOf({ ...ON, ...change })).toBe(standing);
  });
});

describe('what became of control', () => {
  const me: Person = { id: 'me', role: 'agent' };
  const other: Person = { id: 'other', role: 'supervisor' };
  const shopper: Person = { id: 'v', role: 'visitor' };
  const grant = (agent: Person) => ({ id: 'g', agent, caps: ['click' as const], until: 1 });
  const asked: EventBody = { kind: 'cobrowse_control_asked', cobrowse: 'c', caps: ['click'] };
  const declined: EventBody = { kind: 'cobrowse_control_declined', cobrowse: 'c' };
  const granted = (agent: Person): EventBody => ({
    kind: 'cobrowse_control_granted',
    cobrowse: 'c',
    consent: 'control-1',
    grant: grant(agent),
  });
  const released = (reason: 'revoked' | 'released' | 'expired' | 'gone'): EventBody => ({
    kind: 'cobrowse_control_released',
    cobrowse: 'c',
    grant: 'g',
    reason,
  });
  const line = (at: number, by: Person, event: EventBody) =>
    ({ key: `${at}`, seq: at, at, by, event, mine: false, status: null }) as Entry;
  const chat = line(1_500, shopper, { kind: 'message', id: 'm', text: 'hi' });

  it('is told to whoever asked, though others write in between', () => {
    const entries = [line(1_000, me, asked), chat, line(2_000, shopper, declined), chat];
    expect(controlNews(entries, 'c', 'me', 3_000)).toBe('declined');
    expect(controlNews(entries, 'c', 'other', 3_000)).toBeNull();
  });

  it('is told to whoever had the grant, though they got it long ago', () => {
    const entries = [line(1, me, asked), line(2, shopper, granted(me))];
    const end = line(600_000, shopper, released('revoked'));
    expect(controlNews([...entries, end], 'c', 'me', 601_000)).toBe('revoked');
    expect(controlNews([...entries, end], 'c', 'other', 601_000)).toBeNull();
  });

  it('is no news when one did it oneself, or after a while, or of another time', () => {
    const taken = [line(1, me, asked), line(2, me, declined)];
    expect(controlNews(taken, 'c', 'me', 3)).toBeNull();
    const letGo = [line(1, shopper, granted(me)), line(2, me, released('released'))];
    expect(controlNews(letGo, 'c', 'me', 3)).toBeNull();
    const old = [line(1, me, asked), line(2, shopper, declined)];
    expect(controlNews(old, 'c', 'me', 60_000)).toBeNull();
    expect(controlNews(old, 'another', 'me', 3)).toBeNull();
  });

  it('says when nobody answered', () => {
    const system: Person = { id: 'tiski', role: 'system' };
    const entries = [line(1, me, asked), line(2, system, declined)];
    expect(controlNews(entries, 'c', 'me', 3)).toBe('unanswered');
  });

  it('gives way to the next wish', () => {
    const entries = [line(1, me, asked), line(2, shopper, declined), line(3, other, asked)];
    expect(controlNews(entries, 'c', 'me', 4)).toBeNull();
  });
});

describe('texts', () => {
  it('shows the way of an address, without what it carries', () => {
    expect(pathOf('https://shop.example/cart?token=secret#top')).toBe('/cart');
    expect(pathOf('nonsense')).toBe('');
  });

  it('counts down to zero and stays there', () => {
    expect(leftText(581_000, 0)).toBe('9:41');
    expect(leftText(500, 0)).toBe('0:01');
    expect(leftText(0, 5_000)).toBe('0:00');
  });
});
