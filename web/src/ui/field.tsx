/** A labelled input or text area; the error is tied to it and told when it comes. */
import type { InputHTMLAttributes, TextareaHTMLAttributes } from 'preact';
import { useId } from 'preact/hooks';
import './field.css';

interface Shared {
  label: string;
  value: string;
  onValue: (value: string) => void;
  hint?: string | undefined;
  error?: string | null | undefined;
}

type InputProps = Shared & { rows?: undefined } & Omit<
    InputHTMLAttributes<HTMLInputElement>,
    'label' | 'value' | 'id' | 'class'
  >;
type AreaProps = Shared & { rows: number } & Omit<
    TextareaHTMLAttributes<HTMLTextAreaElement>,
    'label' | 'value' | 'id' | 'class' | 'rows'
  >;

export function Field(props: InputProps | AreaProps) {
  const { label, value, onValue, hint, error, ...rest } = props;
  const id = useId();
  const shared = {
    id,
    value,
    class: 'input',
    'aria-invalid': error ? ('true' as const) : undefined,
    'aria-describedby': error || hint ? `${id}-more` : undefined,
    onInput: (event: { currentTarget: { value: string } }) => onValue(event.currentTarget.value),
  };
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {label}
      </label>
      {rest.rows === undefined ? (
        <input {...(rest as InputHTMLAttributes<HTMLInputElement>)} {...shared} />
      ) : (
        <textarea {...(rest as TextareaHTMLAttributes<HTMLTextAreaElement>)} {...shared} />
      )}
      {(error || hint) && (
        <span
          id={`${id}-more`}
          class={error ? 'field-error' : 'field-hint'}
          role={error ? 'alert' : undefined}
        >
          {error || hint}
        </span>
      )}
    </div>
  );
}
