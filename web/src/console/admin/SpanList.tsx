/** The spans of one day. Times are typed as people write them, and put in form when they are left. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useId } from 'preact/hooks';
import { Button, IconButton } from '@/ui/button';
import { CloseIcon, PlusIcon } from '@/ui/icons';
import { useAdmin } from './context';
import { afterPress } from './pressing';
import { addSpan, mistakesOf, readTime, setSpan, withoutSpan } from './times';
import type { Span } from './wire';

interface SpanListProps {
  /** Whose they are: a weekday, or a date. */
  name: string;
  spans: readonly Span[];
  onSpans: (spans: readonly Span[]) => void;
  /** Puts the rest of a span that crosses midnight on the day after. */
  onSplit?: (at: number) => void;
}

export function SpanList({ name, spans, onSpans, onSplit }: SpanListProps): VNode {
  const { a } = useAdmin();
  const h = a.hours;
  const mistakes = mistakesOf(spans);
  return (
    <div class="spans">
      {spans.length === 0 && <span class="spans-closed">{h.closed}</span>}
      {spans.map((span, at) => {
        const mistake = mistakes[at] ?? null;
        return (
          <div key={at} class="span">
            <SpanRow
              name={name}
              at={at}
              span={span}
              error={mistake && h.mistakes[mistake]}
              onSpan={(next) => onSpans(setSpan(spans, at, next))}
              onRemove={() => onSpans(withoutSpan(spans, at))}
            />
            {mistake === 'midnight' && onSplit && (
              <Button onClick={() => onSplit(at)}>{h.split}</Button>
            )}
          </div>
        );
      })}
      <button
        type="button"
        class="spans-add"
        aria-label={h.add(name)}
        title={h.add(name)}
        onClick={() => onSpans(addSpan(spans))}
      >
        <PlusIcon size={18} />
        {spans.length === 0 && h.addShort}
      </button>
    </div>
  );
}

interface SpanRowProps {
  name: string;
  at: number;
  span: Span;
  error: string | null;
  onSpan: (span: Span) => void;
  onRemove: () => void;
}

function SpanRow({ name, at, span, error, onSpan, onRemove }: SpanRowProps): VNode {
  const { a } = useAdmin();
  const h = a.hours;
  const id = useId();
  const [from, to] = span;
  return (
    <>
      <span class="span-times">
        <TimeInput
          label={h.from(name, at + 1)}
          value={from}
          wrong={error !== null ? id : null}
          onValue={(time) => onSpan([time, to])}
        />
        <span aria-hidden="true">–</span>
        <TimeInput
          label={h.to(name, at + 1)}
          value={to}
          wrong={error !== null ? id : null}
          onValue={(time) => onSpan([from, time])}
        />
        <IconButton
          label={h.remove(name, at + 1)}
          icon={<CloseIcon size={18} />}
          onClick={onRemove}
        />
      </span>
      {error !== null && (
        <span id={id} class="field-error" role="alert">
          {error}
        </span>
      )}
    </>
  );
}

interface TimeInputProps {
  label: string;
  value: string;
  /** The id of what is wrong; null when nothing is. */
  wrong: string | null;
  onValue: (time: string) => void;
}

function TimeInput({ label, value, wrong, onValue }: TimeInputProps): VNode {
  // While it is typed in it is nobody's mistake yet.
  const typed = useSignal<string | null>(null);
  const leave = () => {
    const text = typed.peek();
    typed.value = null;
    if (text !== null) onValue(readTime(text) ?? text);
  };
  return (
    <input
      class="input span-time"
      inputMode="numeric"
      autocomplete="off"
      placeholder="09:00"
      maxLength={5}
      aria-label={label}
      aria-invalid={wrong !== null && typed.value === null ? 'true' : undefined}
      aria-describedby={wrong ?? undefined}
      value={typed.value ?? value}
      onInput={(event) => {
        typed.value = event.currentTarget.value;
      }}
      onBlur={() => afterPress(leave)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') leave();
      }}
    />
  );
}
