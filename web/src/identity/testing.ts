/** A visitor's tab against a conversation, a server and a bank that are the test: for tests only. */
import { signal } from '@preact/signals-core';
import type { Entry } from '@/client/entries.ts';
import type { Command, Draft } from '@/client/frames.ts';
import type { ConversationState, TimelineEvent, VerificationState } from '@/client/protocol.gen.ts';
import { AGENT, FakeClock, settle, VISITOR } from '@/client/testing/server.ts';
import type { BankWindow } from './bank.ts';
import { Verifying } from './verifying.ts';
import type { Method, Progress, Started } from './wire.ts';

export const BANK_A: Method = {
  id: 'demo.a',
  label: 'Bank A',
  kind: 'redirect',
  country: 'FI',
  level: 'substantial',
};
export const BANK_B: Method = { ...BANK_A, id: 'demo.b', label: 'Bank B', level: 'high' };
export const APP: Method = {
  ...BANK_A,
  id: 'demo.app',
  label: 'BankID',
  kind: 'bankid',
  country: 'SE',
};
export const ADDRESS = 'https://shop.example/tent?size=2#more';

class Window implements BankWindow {
  closed = false;
  focused = 0;

  focus(): void {
    this.focused += 1;
  }

  close(): void {
    this.closed = true;
  }
}

/** One tab of a visitor, over its pages; `posts`: what the server was asked, in order. */
export class Tab {
  readonly clock = new FakeClock();
  readonly state = signal<ConversationState | null>(null);
  readonly entries = signal<Entry[]>([]);
  readonly windows: [way: string, opened: Window][] = [];
  readonly gone: [handle: string, where: string][] = [];
  readonly posts: [path: string, body: unknown][] = [];
  readonly sent: Draft<Command>[] = [];
  readonly kept = new Map<string, string>();
  methods: Method[] = [BANK_A, BANK_B, APP];
  progress: Progress = { status: 'pending', qr: 'bankid.1', hint: 'outstandingTransaction' };
  blocks = false;
  phone = false;
  busy = false;
  seen = true;
  polls = 0;
  start: () => Promise<Started> = async () => {
    const attempt = `a${this.posts.length}`;
    const body = this.posts.at(-1)?.[1] as { method: string } | undefined;
    if (body?.method === APP.id) return { attempt, kind: 'bankid' };
    return { attempt, kind: 'redirect', handle: `h-${attempt}` };
  };

  open(): Verifying {
    return new Verifying({
      connection: {
        now: () => this.clock.now(),
        send: async (command) => {
          this.sent.push(command);
          return { t: 'ack', id: '1' };
        },
      },
      api: {
        get: async <T>(path: string) => {
          if (path === '/identity/methods') return this.methods as T;
          this.polls += 1;
          return this.progress as T;
        },
        post: async <T>(path: string, body?: unknown) => {
          this.posts.push([path, body]);
          return (path.endsWith('/cancel') ? null : await this.start()) as T;
        },
      },
      thread: { state: this.state, entries: this.entries },
      bank: {
        open: (way) => {
          if (this.blocks) return null;
          const opened = new Window();
          this.windows.push([way, opened]);
          return opened;
        },
        go: (handle, where) => {
          this.gone.push([handle, where]);
        },
      },
      keeping: {
        recall: <T>(key: string) => JSON.parse(this.kept.get(key) ?? 'null') as T | null,
        keep: (key, value) => {
          this.kept.set(key, JSON.stringify(value));
        },
      },
      clock: this.clock,
      lang: 'en',
      phone: () => this.phone,
      busy: () => this.busy,
      address: () => ADDRESS,
      seen: () => this.seen,
    });
  }

  /** Let the server say how the request stands now. */
  says(change: Partial<VerificationState> | null): void {
    const before = this.state.value?.verification;
    const asked = {
      id: 'v1',
      by: AGENT,
      purpose: 'refund' as const,
      level: 'substantial' as const,
      expires_at: this.clock.now() + 600_000,
    };
    this.state.value = {
      id: 'c1',
      state: 'active',
      visitor: { id: VISITOR.id },
      lang: 'en',
      opened_at: 0,
      verification: change && { ...asked, ...before, ...change },
    };
  }

  /** Let the attempt be opened, as the conversation tells it. */
  opened(attempt: string): void {
    this.says({ state: 'opened', attempt, failed: null });
    this.tells({ kind: 'identity_opened', verification: 'v1', attempt, method: '' });
  }

  tells(event: TimelineEvent['event']): void {
    const seq = this.entries.value.length + 1;
    const entry: Entry = {
      key: String(seq),
      seq,
      at: 0,
      by: VISITOR,
      event,
      mine: true,
      status: null,
      failure: null,
    };
    this.entries.value = [...this.entries.value, entry];
  }

  /** Let a request come, and the ways to answer it. */
  async asked(change: Partial<VerificationState> = {}): Promise<Verifying> {
    const verifying = this.open();
    this.says(change);
    await settle();
    return verifying;
  }

  /** Let a request come, choose, and let the server answer. */
  async chosen(method = BANK_A): Promise<Verifying> {
    const verifying = await this.asked();
    verifying.choose(method);
    await settle();
    return verifying;
  }
}
