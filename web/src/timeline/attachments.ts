/**
 * Files on their way into a message: picked, pasted or dropped, uploaded with progress, taken away,
 * tried again. The server judges type and size by content; only what it will surely refuse for its
 * size is stopped here, so that nobody waits for an upload in vain.
 */
import { type ReadonlySignal, signal } from '@preact/signals';
import type { Api } from '@/client/api';
import { ApiError } from '@/client/api';
import { MAX_FILES, type File as SentFile } from '@/client/protocol.gen';
import { upload } from '@/client/upload';

export const MAX_SIZE = 15 * 1024 * 1024; // bytes, as the server allows

export type Problem = 'tooLarge' | 'wrongType' | 'failed';

export interface Attachment {
  id: number;
  name: string;
  /** Share sent, 0 to 1. */
  progress: number;
  sent: SentFile | null;
  problem: Problem | null;
}

export class Attachments {
  readonly #api: Api;
  readonly #conv: string;
  readonly #items = signal<Attachment[]>([]);
  readonly #files = new Map<number, Blob>();
  readonly #aborts = new Map<number, AbortController>();
  #last = 0;

  constructor(api: Api, conv: string) {
    this.#api = api;
    this.#conv = conv;
  }

  get items(): ReadonlySignal<Attachment[]> {
    return this.#items;
  }

  /** Files that are up. */
  get ready(): SentFile[] {
    return this.#items.value.flatMap((item) => (item.sent ? [item.sent] : []));
  }

  /** Whether something has to be finished or taken away before sending. */
  get unfinished(): boolean {
    return this.#items.value.some((item) => item.sent === null);
  }

  /** Add files; returns how many there was no room for. */
  add(files: readonly File[]): number {
    const room = MAX_FILES - this.#items.value.length;
    for (const file of files.slice(0, room)) {
      this.#last += 1;
      const id = this.#last;
      const large = file.size > MAX_SIZE;
      const item: Attachment = {
        id,
        name: file.name || 'image.png', // a pasted picture has no name
        progress: 0,
        sent: null,
        problem: large ? 'tooLarge' : null,
      };
      this.#items.value = [...this.#items.value, item];
      this.#files.set(id, file);
      if (!large) void this.#send(id, item.name);
    }
    return Math.max(0, files.length - room);
  }

  retry(id: number): void {
    const item = this.#items.value.find((other) => other.id === id);
    if (item?.problem !== 'failed') return;
    this.#change(id, { problem: null, progress: 0 });
    void this.#send(id, item.name);
  }

  remove(id: number): void {
    this.#aborts.get(id)?.abort();
    this.#files.delete(id);
    this.#items.value = this.#items.value.filter((item) => item.id !== id);
  }

  /** Take files back that were sent with a message which was refused. */
  restore(files: readonly SentFile[]): void {
    const room = MAX_FILES - this.#items.value.length;
    const back = files.slice(0, room).map((sent) => {
      this.#last += 1;
      return { id: this.#last, name: sent.name, progress: 1, sent, problem: null };
    });
    this.#items.value = [...this.#items.value, ...back];
  }

  /** Forget all: the message was sent. */
  clear(): void {
    for (const { id } of this.#items.value) this.remove(id);
  }

  async #send(id: number, name: string): Promise<void> {
    const file = this.#files.get(id);
    if (!file) return;
    const abort = new AbortController();
    this.#aborts.set(id, abort);
    try {
      const sent = await upload(this.#api, `/conversations/${this.#conv}/files`, file, name, {
        progress: (progress) => this.#change(id, { progress }),
        signal: abort.signal,
      });
      this.#change(id, { sent, progress: 1 });
    } catch (error) {
      this.#change(id, { problem: problemOf(error) });
    } finally {
      this.#aborts.delete(id);
    }
  }

  #change(id: number, change: Partial<Attachment>): void {
    this.#items.value = this.#items.value.map((item) =>
      item.id === id ? { ...item, ...change } : item,
    );
  }
}

function problemOf(error: unknown): Problem {
  if (!(error instanceof ApiError)) return 'failed';
  if (error.status === 413 || error.code === 'too_large') return 'tooLarge';
  return error.final ? 'wrongType' : 'failed';
}
