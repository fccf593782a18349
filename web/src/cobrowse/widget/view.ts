/** What every piece of the page-showing interface needs, given once by the panel. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Person } from '@/client/protocol.gen.ts';
import type { Host } from '@/widget/host.ts';
import type { Sharing } from '../sharing.ts';
import type { CobrowseWords } from './strings.en.ts';

export interface SharingView {
  readonly sharing: Sharing;
  readonly host: Host;
  readonly words: CobrowseWords;
  readonly nameOf: (person: Person | null | undefined) => string;
}

/** Says who sees the page; null: nobody does. */
export function seenText({ sharing, words, nameOf }: SharingView): string | null {
  const names = sharing.viewers.value.map(({ person }) => nameOf(person));
  return names.length > 0 ? words.bar.seen(names.join(', '), names.length > 1) : null;
}

export const SharingContext = createContext<SharingView | null>(null);

export function useSharing(): SharingView {
  const view = useContext(SharingContext);
  if (!view) throw new Error('a piece of the page-showing is used outside its panel');
  return view;
}

const PANEL = 400; // pixels of its width beside a page (`loader/style.ts`)

/** Whether the open panel fills the screen, so that nothing of the shop's page is seen. */
export function coversPage(): boolean {
  return innerWidth !== PANEL;
}
