/** A menu button (WAI-ARIA APG): arrows move, Home and End jump, Esc gives the focus back. */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { IconButton } from './button.tsx';
import './menu.css';

export interface MenuItem {
  label: string;
  icon?: ComponentChildren;
  danger?: boolean;
  disabled?: boolean;
  /** For choices: whether this one holds. */
  checked?: boolean;
  run: () => void;
}

export interface MenuProps {
  label: string;
  icon?: ComponentChildren;
  items: MenuItem[];
  side?: 'up' | 'down';
  align?: 'start' | 'end';
  /** Open from the first: the press that fetched this menu was meant for it. */
  opened?: boolean;
  disabled?: boolean;
  /** A button of one's own look, named by its own words, in place of the icon alone. */
  face?: { class: string; children: ComponentChildren };
}

export function Menu({
  label,
  icon,
  items,
  side = 'down',
  align = 'end',
  opened = false,
  disabled = false,
  face,
}: MenuProps) {
  const [open, setOpen] = useState(opened);
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();

  const close = (focus: boolean) => {
    setOpen(false);
    if (focus) button.current?.focus();
  };

  useEffect(() => {
    if (!open) return;
    focusItem(list.current, 0);
    const outside = (event: PointerEvent) => {
      const path = event.composedPath();
      if (list.current && !path.includes(list.current) && !path.includes(button.current as never)) {
        setOpen(false);
      }
    };
    document.addEventListener('pointerdown', outside, true);
    return () => document.removeEventListener('pointerdown', outside, true);
  }, [open]);

  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) moveFocus(list.current, step);
    else if (event.key === 'Home') focusItem(list.current, 0);
    else if (event.key === 'End') focusItem(list.current, -1);
    else if (event.key === 'Escape') close(true);
    else {
      if (event.key === 'Tab') close(false);
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  const props = {
    disabled,
    'aria-haspopup': 'menu' as const,
    'aria-expanded': open,
    'aria-controls': open ? id : undefined,
    onClick: () => setOpen(!open),
  };
  return (
    <div class="menu">
      {face ? (
        <button {...props} ref={button} type="button" class={face.class}>
          {face.children}
        </button>
      ) : (
        <IconButton {...props} buttonRef={button} label={label} icon={icon} />
      )}
      {open && (
        <div
          ref={list}
          id={id}
          class="menu-list"
          role="menu"
          aria-label={label}
          tabIndex={-1}
          data-side={side}
          data-align={align}
          onKeyDown={onKeyDown}
        >
          {items.map((item) => (
            <button
              key={item.label}
              type="button"
              class="menu-item"
              {...roleOf(item)}
              tabIndex={-1}
              disabled={item.disabled}
              data-danger={item.danger || undefined}
              onClick={() => {
                close(true);
                item.run();
              }}
            >
              {item.icon}
              {item.label}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

function itemsOf(list: HTMLElement | null): HTMLElement[] {
  return [...(list?.querySelectorAll<HTMLElement>('.menu-item:not(:disabled)') ?? [])];
}

function focusItem(list: HTMLElement | null, index: number): void {
  itemsOf(list).at(index)?.focus();
}

function moveFocus(list: HTMLElement | null, step: number): void {
  const items = itemsOf(list);
  const at = items.indexOf(document.activeElement as HTMLElement);
  items.at((at + step + items.length) % items.length)?.focus();
}

function roleOf({ checked }: MenuItem) {
  return checked === undefined
    ? { role: 'menuitem' as const }
    : { role: 'menuitemradio' as const, 'aria-checked': checked };
}
