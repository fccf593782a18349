import { signal } from '@preact/signals-core';
import { expect, test } from 'vitest';
import { CallClient } from './call.ts';
import { CallMemory, type Media, type TabStorage } from './callmemory.ts';
import { Capture } from './capture.ts';
import { Refused } from './frames.ts';
import type {
  CallState,
  ConversationState,
  EventBody,
  Person,
  ServerFrame,
} from './protocol.gen.ts';
import { applyEvent } from './reduce.ts';

const AGENT: Person = { id: 'a', role: 'agent', name: 'Agent One' };
const VISITOR: Person = { id: 'v', role: 'visitor' };

class Storage implements TabStorage {
  readonly items = new Map<string, string>();
  getItem(key: string): string | null {
    return this.items.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.items.set(key, value);
  }
  removeItem(key: string): void {
    this.items.delete(key);
  }
}

function member(person: Person, ...media: Media[]): CallState['members'][number] {
  return { person, media, joined_at: 1 };
}

const RINGING: CallState = {
  id: 'k',
  by: AGENT,
  media: ['audio'],
  state: 'ringing',
  members: [member(AGENT, 'audio')],
};
const ACTIVE: CallState = {
  ...RINGING,
  state: 'active',
  members: [member(AGENT, 'audio'), member(VISITOR)],
};

/** A visitor's page: the wire is played by the test; there are no devices and no media server. */
class Page {
  readonly state = signal<ConversationState | null>(null);
  readonly sent: { t: string; [field: string]: unknown }[] = [];
  readonly client: CallClient;
  refuse: Refused | null = null;
  active = false;
  #seq = 0;
  readonly #listeners: ((frame: ServerFrame) => void)[] = [];

  constructor(call: CallState | null, storage = new Storage()) {
    this.client = new CallClient({
      connection: {
        state: signal('online' as const),
        you: signal(VISITOR),
        now: () => 0,
        send: async (draft) => {
          this.sent.push(draft);
          if (this.refuse) throw this.refuse;
          return { t: 'ack', id: 'x', call: 'k' };
        },
        offer: () => new Promise(() => {}),
        ephemeral: () => {},
        frame: (fn) => {
          this.#listeners.push(fn);
          return () => {};
        },
        setActive: (active) => {
          this.active = active;
        },
      },
      thread: { conv: signal('c'), state: this.state },
      capture: new Capture(
        {
          mediaDevices: undefined,
          permission: async () => null,
          choice: { load: () => ({}), save: () => {} },
        },
        { width: 640, height: 360 },
      ),
      rtc: {
        createPeer: () => new NoPeer() as unknown as RTCPeerConnection,
        audioCodecs: () => [],
        videoCodecs: () => [],
        createStream: () => ({}) as MediaStream,
      },
      memory: new CallMemory(storage),
      clock: { now: () => 0, after: () => () => {}, random: () => 0 },
      ice: async () => ({}),
    });
    const visitor = { id: 'v' };
    this.state.value = { id: 'c', state: 'active', visitor, lang: 'en', opened_at: 1, call };
  }

  /** An event comes, first to the thread and then to the client, as on a real page. */
  async happens(by: Person, event: EventBody): Promise<void> {
    const entry = { seq: ++this.#seq, at: 1, by, event };
    if (this.state.value) this.state.value = applyEvent(this.state.value, entry);
    for (const listener of this.#listeners) {
      listener({ t: 'event', conv: 'c', epoch: 'e', prev: 0, ...entry });
    }
    await settled();
  }

  get commands(): string[] {
    return this.sent.map(({ t }) => t);
  }
}

/** A peer connection that never connects. */
class NoPeer {
  connectionState = 'new';
  addEventListener(): void {}
  setConfiguration(): void {}
  close(): void {}
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

test('a call that is offered rings until it is answered, and nothing is opened before', () => {
  const page = new Page(RINGING);
  expect(page.client.phase.value).toBe('incoming');
  expect(page.sent).toEqual([]);
});

test('joining consents once and makes the heartbeat quick', async () => {
  const page = new Page(RINGING);
  await page.client.join([]);
  await page.happens(VISITOR, { kind: 'call_joined', call: 'k', media: [] });
  expect(page.commands).toEqual(['call.join']);
  expect(page.client.phase.value).toBe('connecting');
  expect(page.active).toBe(true);
});

test('a declined call rings no more and can still be joined', async () => {
  const page = new Page(RINGING);
  await page.client.decline();
  expect(page.client.phase.value).toBe('declined');
  await page.client.join([]);
  expect(page.commands).toEqual(['call.decline', 'call.join']);
});

test('a declined call that went back to being private rings when it is opened again', async () => {
  const page = new Page(null);
  const opened = { kind: 'call_opened', call: 'k', state: RINGING } as const;
  await page.happens(AGENT, opened);
  await page.client.decline();
  expect(page.client.phase.value).toBe('declined');
  await page.happens(VISITOR, { kind: 'call_ended', call: 'k', reason: 'declined' });
  await page.happens(AGENT, opened);
  expect(page.client.phase.value).toBe('incoming');
});

test('a refused start leaves everything closed and says why', async () => {
  const page = new Page(null);
  page.refuse = new Refused('call_exists');
  await page.client.start([]);
  expect(page.client.phase.value).toBe('idle');
  expect(page.client.refusal.value).toBe('call_exists');
  expect(page.active).toBe(false);
});

test('the end by the other side shows its reason and how long it lasted', async () => {
  const page = new Page(RINGING);
  await page.client.join([]);
  await page.happens(VISITOR, { kind: 'call_joined', call: 'k', media: [] });
  await page.happens(AGENT, { kind: 'call_ended', call: 'k', reason: 'hangup', seconds: 61 });
  expect(page.client.phase.value).toBe('ended');
  expect(page.client.ended.value).toMatchObject({ reason: 'hangup', seconds: 61 });
});

test('hanging up between two ends the call, and shows nothing more', async () => {
  const page = new Page(ACTIVE);
  await page.client.takeOver([]);
  await page.client.hangUp();
  await page.happens(VISITOR, { kind: 'call_ended', call: 'k', reason: 'hangup' });
  expect(page.commands).toEqual(['call.end']);
  expect(page.client.phase.value).toBe('idle');
});

test('a member that the network lost joins again by itself', async () => {
  const page = new Page(ACTIVE);
  await page.client.takeOver([]);
  await page.happens(VISITOR, { kind: 'call_left', call: 'k', reason: 'lost' });
  expect(page.commands).toEqual(['call.join']);
  expect(page.client.joined.value).toBe(true);
});

test.each(['left', 'removed'] as const)('a member that %s does not come back', async (reason) => {
  const page = new Page(ACTIVE);
  await page.client.takeOver([]);
  await page.happens(VISITOR, { kind: 'call_left', call: 'k', reason });
  expect(page.commands).toEqual([]);
  expect(page.client.phase.value).toBe('declined');
});

test('the next page of the tab goes on with the call without a command', async () => {
  const storage = new Storage();
  await new Page(ACTIVE, storage).client.takeOver([]);
  const next = new Page(ACTIVE, storage);
  await settled();
  expect(next.commands).toEqual([]);
  expect(next.client.phase.value).toBe('connecting');
});

test('the next page tells that the screen is not shared any more', async () => {
  const storage = new Storage();
  const sharing = { ...ACTIVE, members: [member(AGENT, 'audio'), member(VISITOR, 'screen')] };
  new CallMemory(storage).remember({ conv: 'c', call: 'k', media: ['screen'], publications: [] });
  const next = new Page(sharing, storage);
  await settled();
  expect(next.sent).toEqual([{ t: 'call.media', conv: 'c', call: 'k', media: [] }]);
});

test('another tab of the same person does not join by itself', async () => {
  const page = new Page(ACTIVE);
  await settled();
  expect(page.client.phase.value).toBe('elsewhere');
  expect(page.client.joined.value).toBe(false);
});

test('a page that comes after the call ended forgets it', async () => {
  const storage = new Storage();
  await new Page(ACTIVE, storage).client.takeOver([]);
  const next = new Page(null, storage);
  await settled();
  expect(next.client.phase.value).toBe('idle');
  expect(new CallMemory(storage).call).toBeNull();
});
