/** What of a recording is where: its parts one behind the other, and what happened in them. Pure. */
import type { Entry } from '@/client/entries';

export interface Part {
  /** When it was recorded, ms since 1970. */
  at: number;
  /** Where it begins in the file, and how long it is, in ms. */
  from: number;
  length: number;
}

export interface Recording {
  id: string;
  started_at: number;
  ended_at: number | null;
  erase_at: number | null;
  state: 'none' | 'waiting' | 'running' | 'done' | 'failed' | 'erased';
  progress: number;
  error: string | null;
  duration: number | null;
  parts: Part[];
  playable: boolean;
}

export interface Mark {
  key: string;
  /** Where to begin, in seconds of the file. */
  second: number;
  entry: Entry;
}

const MARKED: ReadonlySet<string> = new Set([
  'recording_started',
  'recording_paused',
  'recording_resumed',
  'call_joined',
  'call_left',
]);

/** Return where in the file something that happened at `at` is; null before the first part. */
export function placeOf(at: number, parts: readonly Part[]): number | null {
  const part = parts.findLast((one) => one.at <= at);
  if (!part) return null;
  return (part.from + Math.min(at - part.at, part.length)) / 1000;
}

/** Return what happened while it was recorded, in its order. */
export function marksOf(recording: Recording, entries: readonly Entry[]): Mark[] {
  const until = recording.ended_at ?? Number.POSITIVE_INFINITY;
  return entries.flatMap((entry) => {
    const { key, at, event } = entry;
    if (!MARKED.has(event.kind)) return [];
    if (at < recording.started_at || at > until) return [];
    const second = placeOf(at, recording.parts) ?? 0;
    return [{ key, second, entry }];
  });
}

/** Whether anything was recorded, as far as the timeline that is loaded tells. */
export function wasRecorded(entries: readonly Entry[]): boolean {
  return entries.some(({ event }) => event.kind === 'recording_started');
}
