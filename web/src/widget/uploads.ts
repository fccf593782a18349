/** The files of the message being written: each goes to the server at once and can be taken back. */
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import { type Api, ApiError } from '@/client/api.ts';
import { MAX_FILES, type File as SentFile } from '@/client/protocol.gen.ts';
import { upload } from '@/client/upload.ts';

export const MAX_SIZE = 15_000_000; // bytes; the server holds the same

export type Problem = 'too_large' | 'bad_type' | 'failed';

export interface Upload {
  key: number;
  name: string;
  size: number;
  /** Share sent, 0 to 1. */
  progress: number;
  problem: Problem | null;
  done: SentFile | null;
}

export class Uploads {
  readonly #api: Api;
  readonly #path: () => string;
  readonly #items = signal<Upload[]>([]);
  readonly #running = new Map<number, { file: File; abort: AbortController }>();
  #last = 0;

  /** All are on the server. */
  readonly ready = computed(() => this.#items.value.every(({ done }) => done));
  readonly full = signal(false);

  constructor(api: Api, path: () => string) {
    this.#api = api;
    this.#path = path;
  }

  get items(): ReadonlySignal<Upload[]> {
    return this.#items;
  }

  add(files: Iterable<File>): void {
    this.full.value = false;
    for (const file of files) {
      if (this.#items.value.length >= MAX_FILES) {
        this.full.value = true;
        return;
      }
      this.#last += 1;
      const key = this.#last;
      const { name, size } = file;
      const problem = size > MAX_SIZE ? ('too_large' as const) : null;
      this.#items.value = [
        ...this.#items.value,
        { key, name: name || 'image.png', size, progress: 0, problem, done: null },
      ];
      this.#running.set(key, { file, abort: new AbortController() });
      if (!problem) void this.#start(key);
    }
  }

  retry(key: number): void {
    this.#update(key, { problem: null, progress: 0 });
    void this.#start(key);
  }

  remove(key: number): void {
    this.#running.get(key)?.abort.abort();
    this.#running.delete(key);
    this.#items.value = this.#items.value.filter((item) => item.key !== key);
    this.full.value = false;
  }

  /** Hand over the finished files and begin anew. */
  take(): SentFile[] {
    const files = this.#items.value.flatMap(({ done }) => (done ? [done] : []));
    for (const { key, done } of this.#items.value) if (done) this.remove(key);
    return files;
  }

  async #start(key: number): Promise<void> {
    const running = this.#running.get(key);
    if (!running) return;
    const { file, abort } = running;
    try {
      const done = await upload(this.#api, this.#path(), file, file.name || 'image.png', {
        signal: abort.signal,
        progress: (progress) => this.#update(key, { progress }),
      });
      this.#update(key, { done, progress: 1 });
    } catch (error) {
      this.#update(key, { problem: problemOf(error) });
    }
  }

  #update(key: number, change: Partial<Upload>): void {
    this.#items.value = this.#items.value.map((item) =>
      item.key === key ? { ...item, ...change } : item,
    );
  }
}

function problemOf(error: unknown): Problem {
  if (!(error instanceof ApiError)) return 'failed';
  if (error.status === 413 || error.code === 'too_large') return 'too_large';
  return error.code === 'bad_file' || error.status === 415 ? 'bad_type' : 'failed';
}
