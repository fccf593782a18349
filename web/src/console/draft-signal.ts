/** A draft as a signal: typing writes it through to the store. */
import { type Signal, useSignal, useSignalEffect } from '@preact/signals';
import type { DraftKind, Drafts } from './drafts';

export function useDraft(drafts: Drafts, conv: string, kind: DraftKind): Signal<string> {
  const text = useSignal(drafts.get(conv, kind));
  useSignalEffect(() => drafts.set(conv, kind, text.value));
  return text;
}
