/** What every piece of the call's interface needs, given once by the panel. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { CallClient } from '@/client/call.ts';
import type { Person } from '@/client/protocol.gen.ts';
import type { Lang } from '@/i18n/index.ts';
import type { CallWords } from './strings.en.ts';

/** compact: a widget's column, 360 px wide · wide: the console, the expert's page, a window. */
export type CallLayout = 'compact' | 'wide';

export interface CallView {
  readonly client: CallClient;
  readonly words: CallWords;
  readonly lang: Lang;
  readonly layout: CallLayout;
  readonly nameOf: (person: Person) => string;
  /** The shop lets its staff record calls. */
  readonly mayRecord: boolean;
  /** Opens the call doctor in the place of what is shown. */
  readonly onDoctor: () => void;
}

export const CallContext = createContext<CallView | null>(null);

export function useCall(): CallView {
  const view = useContext(CallContext);
  if (!view) throw new Error('a piece of the call is used outside its panel');
  return view;
}
