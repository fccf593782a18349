/** What of a recording is where: its parts one behind the other, and what happened in them. Pure. */
import type { Entry } from '@/client/entries';

export interface Part {
  /** When it was recorded, ms since 1970. */
  at: number;
  /** Where it begins in the file, and how long it is, in ms. */
  from: number;
  length: number;
}

/** Who agreed to be recorded. */
export interface Consent {
  person: string;
  role: 'visitor' | 'agent' | 'expert' | 'supervisor' | 'guest' | 'system';
}

/** Who played it, and when. `name`: "" of somebody who is not of the staff any more. */
export interface Play {
  person: string;
  name: string;
  at: number;
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
  consents: Consent[];
  plays: Play[];
  playable: boolean;
}

export interface Mark {
  key: string;
  /** Where to begin, in seconds of the file. */
  second: number;
  /** How long nothing was recorded before it, in seconds. */
  missing?: number;
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

/** Return for how many seconds nothing was recorded before what began again at `at`. */
function missingBefore(at: number, parts: readonly Part[]): number {
  // The next part begins a moment after it was allowed to, when its first packets have come.
  const before = parts.findLast((one) => one.at < at);
  return before ? Math.max(0, (at - before.at - before.length) / 1000) : 0;
}

/** Return what happened while it was recorded, in its order. */
export function marksOf(recording: Recording, entries: readonly Entry[]): Mark[] {
  const until = recording.ended_at ?? Number.POSITIVE_INFINITY;
  return entries.flatMap((entry) => {
    const { key, at, event } = entry;
    if (!MARKED.has(event.kind)) return [];
    if (at < recording.started_at || at > until) return [];
    const second = placeOf(at, recording.parts) ?? 0;
    const missing = event.kind === 'recording_resumed' ? missingBefore(at, recording.parts) : 0;
    return [missing >= 1 ? { key, second, entry, missing } : { key, second, entry }];
  });
}

/** Whether anything was recorded, as far as the timeline that is loaded tells. */
export function wasRecorded(entries: readonly Entry[]): boolean {
  return entries.some(({ event }) => event.kind === 'recording_started');
}
