import { signal } from '@preact/signals';
import { describe, expect, it } from 'vitest';
import { Refused } from '@/client/frames';
import type { Desk as DeskFrame, Reservation, ServerFrame } from '@/client/protocol.gen';
import type { Desk, Notice } from '../desk';
import { Standing } from './standing';

const NOW = 100_000;
const ME = { id: 'me', role: 'agent' as const };

/** A desk whose wire is played by the test. */
function world() {
  const sent: { t: string; [field: string]: unknown }[] = [];
  const notices: Notice[] = [];
  const thread = signal<unknown>(null);
  const items = signal<unknown[]>([]);
  const play = { hear: (_: ServerFrame) => {}, refuse: null as Refused | null };
  const desk = {
    id: 'me',
    thread,
    inbox: { items },
    prefs: { view: signal('waiting') },
    select: (conv: string) => sent.push({ t: 'select', conv }),
    notify: (notice: Notice) => notices.push(notice),
    connection: {
      now: () => NOW,
      frame: (fn: (frame: ServerFrame) => void) => {
        play.hear = fn;
        return () => {};
      },
      send: (command: { t: string }) => {
        sent.push(command);
        return play.refuse ? Promise.reject(play.refuse) : Promise.resolve({});
      },
    },
  };
  const standing = new Standing(desk as unknown as Desk);
  const frame = (part: Partial<DeskFrame>) =>
    play.hear({ t: 'desk', state: 'available', ...part } as DeskFrame);
  const serve = (seq: number, at = NOW - 1000) => {
    const assigned = { seq, at, event: { kind: 'assigned' } };
    const state = { id: 'c', state: 'active', assignee: ME };
    thread.value = { state: signal(state), entries: signal([assigned]) };
  };
  return { desk, standing, sent, notices, play, frame, serve, items };
}

const offer = { task: 't', conv: 'c', fence: 3, deadline_at: NOW + 9000 } as Reservation;

describe('an accepted conversation', () => {
  it('is connected once for each assignment, when its thread is shown', () => {
    const { sent, serve } = world();
    serve(7);
    serve(7);
    expect(sent).toEqual([{ t: 'conversation.connect', conv: 'c' }]);
    serve(12);
    expect(sent).toHaveLength(2);
  });

  it('is not connected again long after it was', () => {
    const { sent, serve } = world();
    serve(7, NOW - 120_000);
    expect(sent).toEqual([]);
  });

  it('that came back after a lost connection is connected whatever is shown', () => {
    const { sent, items } = world();
    const mine = { id: 'c', state: 'active', assignee: ME };
    items.value = [mine];
    items.value = [{ ...mine, why: { kind: 'returned' } }];
    items.value = [{ ...mine, why: { kind: 'returned' }, seq: 9 }];
    expect(sent).toEqual([{ t: 'conversation.connect', conv: 'c' }]);
  });
});

describe('an offer', () => {
  it('is answered with its fence, and is gone from the page before the server says so', async () => {
    const { standing, sent, frame } = world();
    frame({ offers: [offer] });
    expect(await standing.accept(offer)).toBe(true);
    expect(sent).toEqual([{ t: 'offer.accept', conv: 'c', task: 't', fence: 3 }]);
    expect(standing.offers(NOW)).toEqual([]);
  });

  it('that went to somebody else is told, and shown no more', async () => {
    const { standing, play, frame, notices } = world();
    frame({ offers: [offer] });
    play.refuse = new Refused('offer_gone');
    expect(await standing.accept(offer)).toBe(false);
    expect(notices).toEqual([{ word: 'offer_gone' }]);
    expect(standing.offers(NOW)).toEqual([]);
  });

  it('whose answer never arrived can still be answered', async () => {
    const { standing, play, frame } = world();
    frame({ offers: [offer] });
    play.refuse = new Refused('disconnected');
    await standing.reject(offer);
    expect(standing.offers(NOW)).toEqual([offer]);
    expect(standing.busy('t:3')).toBe(false);
  });

  it('is answered once, however often one presses', async () => {
    const { standing, sent, frame } = world();
    frame({ offers: [offer] });
    await Promise.all([standing.accept(offer), standing.accept(offer), standing.reject(offer)]);
    expect(sent).toHaveLength(1);
  });
});
