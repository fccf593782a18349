/** What every piece of the floor reaches for: its words, what is shown, and acting on it. */
import type { Signal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { ApiError } from '@/client/api';
import type { Lang } from '@/i18n';
import type { FloorFeed } from './feed';
import { type FloorStrings, floorEn } from './strings.en';
import { floorFi } from './strings.fi';
import { floorSv } from './strings.sv';
import type { Floor, FloorAgent, Waiting } from './wire';

export const FLOOR_WORDS: Record<Lang, FloorStrings> = { en: floorEn, fi: floorFi, sv: floorSv };

/** What a dialog asks about. */
export type Asked = { move: Waiting } | { give: Waiting } | { state: FloorAgent };

export interface FloorView {
  feed: FloorFeed;
  floor: Floor;
  /** The id of the one department that is shown; null: all are. */
  only: Signal<string | null>;
  asked: Signal<Asked | null>;
  f: FloorStrings;
}

export const FloorContext = createContext<FloorView | null>(null);

export function useFloor(): FloorView {
  const view = useContext(FloorContext);
  if (!view) throw new Error('a piece of the floor is used outside its page');
  return view;
}

/** The sentence of a refusal. */
export function refusalText(error: unknown, f: FloorStrings): string {
  const code = error instanceof ApiError ? error.code : 'other';
  const known: Record<string, string> = f.refused;
  return Object.hasOwn(known, code) ? (known[code] ?? f.refused.other) : f.refused.other;
}

export function departmentName(floor: Floor, id: string): string {
  return floor.departments.find((one) => one.id === id)?.name ?? '';
}

export function agentName(floor: Floor, id: string | null): string {
  return floor.agents.find((one) => one.id === id)?.name ?? '';
}
