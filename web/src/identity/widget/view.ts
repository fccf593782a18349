/** What every piece of this part's interface needs, given once by the panel. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Lang } from '@/i18n/index.ts';
import type { Verifying } from '../verifying.ts';
import type { IdentityWords } from './strings.en.ts';

export interface VerifyingView {
  readonly verifying: Verifying;
  readonly words: IdentityWords;
  readonly lang: Lang;
  /** Who asks, by name. */
  readonly name: string;
  readonly shop: string;
  /** The app of a method may be on this device. */
  readonly phone: boolean;
}

export const VerifyingContext = createContext<VerifyingView | null>(null);

export function useVerifying(): VerifyingView {
  const view = useContext(VerifyingContext);
  if (!view) throw new Error('a piece of proving who one is is used outside its panel');
  return view;
}
