/** Fields of the settings that the console has nowhere else: choices, numbers, durations. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren, VNode } from 'preact';
import { useId } from 'preact/hooks';
import { useAdmin } from './context';
import { amountIn, readAmount, UNITS, type Unit, unitOf } from './durations';

interface GroupProps {
  legend: string;
  hint?: string | undefined;
  error?: string | undefined;
  class?: string;
  children: ComponentChildren;
}

/** A set of choices, with its hint or its error. */
export function Group({ legend, hint, error, class: extra = '', children }: GroupProps): VNode {
  const id = useId();
  return (
    <fieldset
      class={`choices ${extra}`}
      aria-describedby={hint || error ? `${id}-more` : undefined}
      data-wrong={error ? true : undefined}
      tabIndex={error ? -1 : undefined}
    >
      <legend>{legend}</legend>
      <More id={id} hint={hint} error={error} />
      {children}
    </fieldset>
  );
}

interface SelectProps {
  label: string;
  value: string;
  options: readonly { value: string; label: string }[];
  onValue: (value: string) => void;
  hint?: string | undefined;
  error?: string | undefined;
  hidden?: boolean;
}

export function Select(props: SelectProps): VNode {
  const { label, value, options, onValue, hint, error, hidden = false } = props;
  const id = useId();
  return (
    <div class="field">
      <label class={hidden ? 'hidden-text' : 'field-label'} for={id}>
        {label}
      </label>
      <select
        id={id}
        class="input"
        value={value}
        aria-invalid={error ? 'true' : undefined}
        aria-describedby={hint || error ? `${id}-more` : undefined}
        onChange={(event) => onValue(event.currentTarget.value)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      <More id={id} hint={hint} error={error} />
    </div>
  );
}

interface NumberProps {
  label: string;
  value: number;
  onValue: (value: number) => void;
  hint?: string | undefined;
  error?: string | undefined;
}

/** A whole number; what is none is NaN, and is told of when it is saved. */
export function NumberField({ label, value, onValue, hint, error }: NumberProps): VNode {
  const id = useId();
  const typed = useSignal('');
  // What was typed, as long as it is what is meant: it may be discarded, or set by others.
  const kept = Object.is(readWhole(typed.value), value);
  const shown = kept ? typed.value : Number.isNaN(value) ? '' : String(value);
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {label}
      </label>
      <input
        id={id}
        class="input input-number"
        inputMode="numeric"
        autocomplete="off"
        value={shown}
        aria-invalid={error ? 'true' : undefined}
        aria-describedby={hint || error ? `${id}-more` : undefined}
        onInput={(event) => {
          typed.value = event.currentTarget.value;
          onValue(readWhole(event.currentTarget.value));
        }}
      />
      <More id={id} hint={hint} error={error} />
    </div>
  );
}

function readWhole(text: string): number {
  return /^\d{1,6}$/.test(text.trim()) ? Number(text) : Number.NaN;
}

interface DurationProps {
  label: string;
  /** Seconds; null: none. */
  value: number | null;
  onValue: (value: number | null) => void;
  /** Whether it may be none. */
  optional?: boolean;
  hint?: string | undefined;
  error?: string | undefined;
  /** The label is told to screen readers only: it stands at the head of a column. */
  hidden?: boolean;
}

/** An amount and its unit; what is no amount is NaN, and is told of when it is saved. */
export function DurationField(props: DurationProps): VNode {
  const { label, value, onValue, optional = false, hint, error, hidden = false } = props;
  const { a } = useAdmin();
  const id = useId();
  const typed = useSignal('');
  const chosen = useSignal<Unit | null>(null);
  const known = value === null || Number.isNaN(value) ? null : value;
  const unit = chosen.value ?? (known === null ? 'min' : unitOf(known));
  const read = (text: string, of: Unit): number | null => {
    const seconds = readAmount(text, of);
    return seconds === undefined || (seconds === null && !optional) ? Number.NaN : seconds;
  };
  // What was typed, as long as it is what is meant: it may be discarded, or set by others.
  const kept = Object.is(read(typed.value, unit), value);
  const shown = kept ? typed.value : known === null ? '' : String(amountIn(known, unit));
  return (
    <div class="field">
      <label class={hidden ? 'hidden-text' : 'field-label'} for={id}>
        {label}
      </label>
      <span class="duration">
        <input
          id={id}
          class="input input-number"
          inputMode="decimal"
          autocomplete="off"
          value={shown}
          aria-invalid={error ? 'true' : undefined}
          aria-describedby={hint || error ? `${id}-more` : undefined}
          onInput={(event) => {
            typed.value = event.currentTarget.value;
            chosen.value = unit;
            onValue(read(event.currentTarget.value, unit));
          }}
        />
        <select
          class="input"
          aria-label={a.unit(label)}
          value={unit}
          onChange={(event) => {
            const next = event.currentTarget.value as Unit;
            // What stands in the field keeps standing there, in the other unit.
            chosen.value = next;
            if (shown !== '') onValue(read(shown, next));
            typed.value = shown;
          }}
        >
          {UNITS.map((one) => (
            <option key={one} value={one}>
              {a.units[one]}
            </option>
          ))}
        </select>
      </span>
      <More id={id} hint={hint} error={error} />
    </div>
  );
}

export function More({
  id,
  hint,
  error,
}: {
  id: string;
  hint?: string | undefined;
  error?: string | undefined;
}): VNode | null {
  if (!hint && !error) return null;
  return (
    <span
      id={`${id}-more`}
      class={error ? 'field-error' : 'field-hint'}
      role={error ? 'alert' : undefined}
    >
      {error || hint}
    </span>
  );
}
