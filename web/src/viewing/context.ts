/** What every piece of the view needs, given once by the zone. */
import type { Signal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Entry } from '@/client/entries.ts';
import type { Command, Draft } from '@/client/frames.ts';
import type { CobrowseState, Person } from '@/client/protocol.gen.ts';
import type { ViewingWords } from './strings.en.ts';
import type { ViewerClient } from './viewer.ts';

export interface ViewZoneProps {
  client: ViewerClient;
  conv: string;
  cobrowse: CobrowseState;
  /** The conversation's timeline: how a wish for control ended is read from it. */
  entries: readonly Entry[];
  /** The reader's own id. */
  me: string;
  lang: 'fi' | 'sv' | 'en';
  nameOf: (person: Person) => string;
  /** The server's clock, ms. */
  now: () => number;
  /** May ask for control and end it for everybody. */
  serves: boolean;
  /** Whether single letters act while the focus is in the zone. */
  keys: boolean;
  /** Whether the zone fills the place that it is given. */
  large: Signal<boolean>;
  act: (command: Draft<Command>) => Promise<unknown>;
  onLeave: () => void;
}

export interface Zone extends ViewZoneProps {
  words: ViewingWords;
}

export const ZoneContext = createContext<Zone | null>(null);

export function useZone(): Zone {
  const zone = useContext(ZoneContext);
  if (!zone) throw new Error('a piece of the view is used outside its zone');
  return zone;
}
