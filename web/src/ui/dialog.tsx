/**
 * A modal dialog on the native element: the browser keeps the focus in, closes on Esc and gives
 * the focus back to where it was. It is open as long as it is rendered.
 */
import { type ComponentChildren, createContext } from 'preact';
import { useContext, useId, useLayoutEffect, useRef } from 'preact/hooks';
import { IconButton } from './button.tsx';
import './dialog.css';
import { CloseIcon } from './icons.tsx';

/** What is shown over every dialog as well: outside of one that is open nothing can be used. */
export const DialogBeside = createContext<ComponentChildren>(null);

export interface DialogProps {
  title: string;
  closeLabel: string;
  onClose: () => void;
  class?: string;
  children: ComponentChildren;
}

export function Dialog({ title, closeLabel, onClose, class: extra = '', children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const beside = useContext(DialogBeside);
  // Before anything else happens: the next key that is typed is for the dialog already.
  useLayoutEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={element}
      class={`dialog ${extra}`}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault(); // the owner takes it away by not rendering it
        onClose();
      }}
      onPointerDown={(event) => {
        if (event.target === element.current) onClose(); // the backdrop
      }}
    >
      <div class="dialog-head">
        <h2 id={heading}>{title}</h2>
        <IconButton label={closeLabel} icon={<CloseIcon />} onClick={onClose} />
      </div>
      <div class="dialog-body">{children}</div>
      {beside}
    </dialog>
  );
}
