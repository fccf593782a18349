/** Buttons. Each is at least `--target` high, keeps its width while busy, and says what it does. */
import type { ButtonHTMLAttributes, ComponentChildren, Ref } from 'preact';
import './button.css';
import { Spinner } from './spinner.tsx';

type Native = Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'class' | 'icon' | 'label'>;

export type Variant = 'primary' | 'secondary' | 'quiet' | 'danger';

export interface ButtonProps extends Native {
  variant?: Variant;
  icon?: ComponentChildren;
  /** Something is under way; presses do nothing meanwhile. */
  busy?: boolean;
  class?: string;
  buttonRef?: Ref<HTMLButtonElement>;
  children: ComponentChildren;
}

export function Button({
  variant = 'secondary',
  icon,
  busy = false,
  class: extra = '',
  buttonRef = null,
  children,
  onClick,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      ref={buttonRef}
      class={`button button-${variant} ${extra}`}
      aria-busy={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : onClick}
    >
      {busy ? <Spinner /> : icon}
      {children}
    </button>
  );
}

export interface IconButtonProps extends Native {
  /** What it does, for the tooltip and for screen readers. */
  label: string;
  icon: ComponentChildren;
  /** For toggles. */
  pressed?: boolean;
  variant?: Variant;
  class?: string;
  buttonRef?: Ref<HTMLButtonElement>;
  children?: ComponentChildren;
}

export function IconButton({
  label,
  icon,
  pressed,
  variant = 'quiet',
  class: extra = '',
  buttonRef = null,
  children,
  ...rest
}: IconButtonProps) {
  return (
    <button
      type="button"
      title={label}
      {...rest}
      ref={buttonRef}
      class={`button icon-button button-${variant} ${extra}`}
      aria-label={label}
      aria-pressed={pressed}
    >
      {icon}
      {children}
    </button>
  );
}
