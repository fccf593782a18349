/** Holds a list while a pointer is over it, or the keyboard's focus in it. */
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { type Held, hold } from './holding';

export function useHeld<T>(fresh: readonly T[], keyOf: (item: T) => string) {
  const pointed = useSignal(false);
  const focused = useSignal(false);
  const shown = useRef<readonly Held<T>[]>([]);
  const rows = hold(pointed.value || focused.value ? shown.current : null, fresh, keyOf);
  shown.current = rows;
  const bind = {
    onPointerEnter: () => {
      pointed.value = true;
    },
    onPointerLeave: () => {
      pointed.value = false;
    },
    onFocusIn: (event: FocusEvent) => {
      // After a click the focus stays long after the pointer has left.
      if ((event.target as HTMLElement).matches(':focus-visible')) focused.value = true;
    },
    onFocusOut: () => {
      focused.value = false;
    },
  };
  return { rows, bind };
}
