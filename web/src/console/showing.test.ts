import { signal } from '@preact/signals';
import { expect, it } from 'vitest';
import type { CobrowseState, ConversationState, Person } from '@/client/protocol.gen';
import type { Thread } from '@/client/thread';
import { Showing, type ShowingOptions } from './showing';

const ME: Person = { id: 'me', role: 'agent' };
const OTHER: Person = { id: 'other', role: 'agent' };
const ON: CobrowseState = { id: 'cb1', by: { id: 'v', role: 'visitor' }, state: 'on' };

function conversation(id: string, assignee: Person, cobrowse: CobrowseState | null) {
  const state: ConversationState = {
    id,
    state: 'active',
    visitor: { id: 'v' },
    lang: 'en',
    opened_at: 1,
    assignee,
    cobrowse,
  };
  return signal<ConversationState>(state);
}

class Bench {
  readonly thread = signal<Thread | null>(null);
  readonly gone = signal<string | null>(null);
  readonly acts: unknown[] = [];
  readonly opened: string[] = [];
  readonly closed: string[] = [];
  broken = false;
  readonly showing: Showing;

  constructor() {
    const part = {
      createViewer: ({ cobrowse }: { cobrowse: string }) => {
        this.opened.push(cobrowse);
        return { cobrowse, dispose: () => this.closed.push(cobrowse) };
      },
    };
    this.showing = new Showing({
      desk: {
        id: 'me',
        thread: this.thread,
        api: {},
        act: async (command: unknown) => this.acts.push(command) > 0,
      },
      token: async () => 'token',
      load: async () => {
        if (this.broken) throw new TypeError('no network');
        return part;
      },
    } as unknown as ShowingOptions);
  }

  /** Open the conversation, and let the part load. */
  async open(state: ReturnType<typeof conversation>): Promise<void> {
    this.thread.value = { state, gone: this.gone } as unknown as Thread;
    await this.settle();
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  }
}

it('shows a page to whoever serves, once, and until it ends', async () => {
  const bench = new Bench();
  const state = conversation('c', ME, { ...ON, state: 'asked' });
  await bench.open(state);
  expect(bench.showing.active.value).toBeNull();
  state.value = { ...state.value, cobrowse: ON };
  await bench.settle();
  expect(bench.showing.active.value?.conv).toBe('c');
  state.value = { ...state.value, cobrowse: { ...ON, state: 'paused' } };
  expect(bench.opened).toEqual(['cb1']);
  state.value = { ...state.value, cobrowse: null };
  expect(bench.showing.active.value).toBeNull();
  expect(bench.closed).toEqual(['cb1']);
});

it('shows it to colleagues only when they choose to look', async () => {
  const bench = new Bench();
  await bench.open(conversation('c', OTHER, ON));
  expect(bench.opened).toEqual([]);
  await bench.showing.see();
  await bench.settle();
  expect(bench.opened).toEqual(['cb1']);
  expect(bench.acts).toEqual([]);
});

it('is left until one looks again', async () => {
  const bench = new Bench();
  const state = conversation('c', ME, ON);
  await bench.open(state);
  bench.showing.leave();
  expect(bench.closed).toEqual(['cb1']);
  state.value = { ...state.value, unread: 1 } as ConversationState;
  expect(bench.showing.active.value).toBeNull();
  await bench.showing.see();
  expect(bench.opened).toEqual(['cb1', 'cb1']);
});

it('asks the customer when nothing is shown', async () => {
  const bench = new Bench();
  await bench.open(conversation('c', ME, null));
  await bench.showing.see();
  expect(bench.acts).toEqual([{ t: 'cobrowse.ask', conv: 'c' }]);
});

it('looks at the open conversation alone', async () => {
  const bench = new Bench();
  await bench.open(conversation('c', ME, ON));
  await bench.open(conversation('d', ME, { ...ON, id: 'cb2' }));
  expect(bench.closed).toEqual(['cb1']);
  expect(bench.showing.active.value?.conv).toBe('d');
  bench.thread.value = null;
  expect(bench.closed).toEqual(['cb1', 'cb2']);
});

it('ends with the right to see the conversation', async () => {
  const bench = new Bench();
  await bench.open(conversation('c', ME, ON));
  bench.gone.value = 'not_found';
  expect(bench.closed).toEqual(['cb1']);
});

it('says when the part could not be fetched, and tries again when asked to', async () => {
  const bench = new Bench();
  bench.broken = true;
  await bench.open(conversation('c', ME, ON));
  expect(bench.showing.phase.value).toBe('failed');
  bench.broken = false;
  bench.showing.retry();
  await bench.settle();
  expect(bench.showing.active.value?.conv).toBe('c');
});

it('lets go of what it looks at when it is disposed of', async () => {
  const bench = new Bench();
  const state = conversation('c', ME, ON);
  await bench.open(state);
  bench.showing.dispose();
  expect(bench.closed).toEqual(['cb1']);
  state.value = { ...state.value, cobrowse: { ...ON, id: 'cb3' } };
  expect(bench.opened).toEqual(['cb1']);
});
