/**
 * Edits opening hours: spans of each weekday, a time zone, the holidays of a country, single dates.
 * A mistake stands beside the span it is of as soon as the span has been left.
 */
import type { VNode } from 'preact';
import { useEffect, useId } from 'preact/hooks';
import { Button, IconButton } from '@/ui/button';
import { Field } from '@/ui/field';
import { CloseIcon, PlusIcon } from '@/ui/icons';
import { isZone } from './checking';
import { useAdmin } from './context';
import { More } from './fields';
import { HolidayList } from './HolidayList';
import { followPresses } from './pressing';
import { SpanList } from './SpanList';
import {
  ALWAYS,
  copyDay,
  dateMistakes,
  dayAfter,
  splitAtMidnight,
  WEEKDAYS,
  withSpecial,
} from './times';
import { DAYS, type Hours, type Special } from './wire';

interface HoursEditorProps {
  hours: Hours;
  error?: string | undefined;
  onHours: (hours: Hours) => void;
}

export function HoursEditor({ hours, error, onHours }: HoursEditorProps): VNode {
  const { a } = useAdmin();
  const h = a.hours;
  useEffect(followPresses, []);
  const change = (part: Partial<Hours>) => onHours({ ...hours, ...part });
  return (
    <div class="hours">
      {error && (
        <p class="field-error" role="alert">
          {error}
        </p>
      )}
      <section class="hours-part" aria-label={h.week}>
        <h3>{h.week}</h3>
        <ul class="week">
          {DAYS.map((day) => (
            <li key={day} class="week-day">
              <span class="week-name">{h.days[day]}</span>
              <SpanList
                name={h.days[day]}
                spans={hours.week[day]}
                onSpans={(spans) => change({ week: { ...hours.week, [day]: spans } })}
                onSplit={(at) => change({ week: splitAtMidnight(hours.week, day, at) })}
              />
            </li>
          ))}
        </ul>
        <div class="hours-acts">
          <Button onClick={() => change({ week: copyDay(hours.week, 'mon', WEEKDAYS) })}>
            {h.copy}
          </Button>
          <Button onClick={() => change({ week: ALWAYS })}>{h.always}</Button>
        </div>
      </section>
      <Zone tz={hours.tz} onTz={(tz) => change({ tz })} />
      <HolidayList hours={hours} onHours={onHours} />
      <Exceptions
        exceptions={hours.exceptions}
        onExceptions={(exceptions) => change({ exceptions })}
      />
    </div>
  );
}

/** Those that the browser knows; what it does not know can be typed. */
const ZONES = Intl.supportedValuesOf('timeZone');

function Zone({ tz, onTz }: { tz: string; onTz: (tz: string) => void }): VNode {
  const { a } = useAdmin();
  const id = useId();
  const wrong = isZone(tz) ? undefined : a.hours.tzBad;
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {a.hours.tz}
      </label>
      <input
        id={id}
        class="input"
        list={`${id}-all`}
        spellcheck={false}
        autocapitalize="off"
        autocomplete="off"
        aria-invalid={wrong ? 'true' : undefined}
        aria-describedby={`${id}-more`}
        value={tz}
        onInput={(event) => onTz(event.currentTarget.value.trim())}
      />
      <datalist id={`${id}-all`}>
        {ZONES.map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
      <More id={id} hint={a.hours.tzHint} error={wrong} />
    </div>
  );
}

interface ExceptionsProps {
  exceptions: readonly Special[];
  onExceptions: (exceptions: readonly Special[]) => void;
}

function Exceptions({ exceptions, onExceptions }: ExceptionsProps): VNode {
  const { a } = useAdmin();
  const h = a.hours;
  const mistakes = dateMistakes(exceptions);
  const change = (at: number, part: Partial<Special>) =>
    onExceptions(exceptions.map((one, index) => (index === at ? { ...one, ...part } : one)));
  const add = () => {
    let date = new Date().toISOString().slice(0, 10);
    do date = dayAfter(date);
    while (exceptions.some((one) => one.date === date));
    onExceptions(withSpecial(exceptions, date));
  };
  return (
    <section class="hours-part" aria-label={h.exceptions}>
      <h3>{h.exceptions}</h3>
      <p class="field-hint">{h.exceptionsHint}</p>
      {exceptions.length === 0 && <p class="faint">{h.none}</p>}
      <ul class="exceptions">
        {exceptions.map((one, at) => {
          const mistake = mistakes[at];
          return (
            <li key={at} class="exception">
              <Field
                label={h.date}
                type="date"
                value={one.date}
                error={mistake ? h.dateMistakes[mistake] : null}
                onValue={(date) => change(at, { date })}
              />
              <Field
                label={h.note}
                value={one.note}
                maxLength={120}
                autocomplete="off"
                onValue={(note) => change(at, { note })}
              />
              <SpanList
                name={one.date}
                spans={one.spans}
                onSpans={(spans) => change(at, { spans })}
              />
              <IconButton
                label={h.removeException(one.date)}
                icon={<CloseIcon />}
                onClick={() => onExceptions(exceptions.filter((_, index) => index !== at))}
              />
            </li>
          );
        })}
      </ul>
      <div class="hours-acts">
        <Button icon={<PlusIcon size={18} />} onClick={add}>
          {h.addException}
        </Button>
      </div>
    </section>
  );
}
