/** What a visitor may choose instead of waiting: a message, a time to be called back. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { comingDayAlone, timeIn } from '@/i18n/coming.ts';
import { Button } from '@/ui/button.tsx';
import { Field } from '@/ui/field.tsx';
import { Spinner } from '@/ui/spinner.tsx';
import { TroubleLine } from './cards.tsx';
import { type Act, isEmail, isPhone } from './queueing.ts';
import { byDay, slotText } from './times.ts';
import { useQueue } from './view.ts';

interface FormProps {
  title: string;
  submit: string;
  act: Act;
  /** Says whether it can go; what is wrong is shown from then on. */
  onSubmit: () => boolean;
  ready?: boolean;
  children: ComponentChildren;
}

function Form({ title, submit, act, onSubmit, ready = true, children }: FormProps) {
  const { queueing, words } = useQueue();
  const kind = queueing.standing.value?.kind;
  const form = useRef<HTMLFormElement>(null);
  return (
    <form
      ref={form}
      class="queue-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!ready || onSubmit()) return;
        // The error is drawn next; the wrong field is where to go on.
        requestAnimationFrame(() =>
          form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus(),
        );
      }}
    >
      <h2>{title}</h2>
      {children}
      <TroubleLine />
      <div class="queue-actions">
        {ready && (
          <Button variant="primary" type="submit" busy={queueing.busy.value === act}>
            {submit}
          </Button>
        )}
        <Button onClick={() => queueing.show('standing')}>
          {kind === 'callback' || kind === 'left' ? words.back : words.keepWaiting}
        </Button>
      </div>
    </form>
  );
}

/** A field for the address; `required`: without it there is nothing to send. */
function useEmail(required: boolean) {
  const { queueing, words } = useQueue();
  const tried = useSignal(false);
  const text = queueing.email.value.trim();
  const bad = text || required ? !isEmail(text) : false;
  const field = (
    <Field
      label={required ? words.leaving.email : words.leaving.emailOptional}
      hint={words.leaving.hint}
      error={tried.value && bad ? words.leaving.bad : null}
      type="email"
      autoComplete="email"
      maxLength={254}
      value={queueing.email.value}
      onValue={(value) => {
        queueing.email.value = value;
      }}
    />
  );
  const good = () => {
    tried.value = true;
    return !bad;
  };
  return { field, good };
}

export function MessageForm() {
  const { queueing, words } = useQueue();
  const { field, good } = useEmail(!queueing.identified);
  const known = queueing.told.email; // not asked twice
  return (
    <Form
      title={words.leaving.title}
      submit={words.message}
      act="leave"
      onSubmit={() => {
        const goes = known || good();
        if (goes) void queueing.leave();
        return goes;
      }}
    >
      <p>{words.leaving.lead}</p>
      {known ? <p>{words.answerBoth}</p> : field}
    </Form>
  );
}

export function EmailForm() {
  const { queueing, words } = useQueue();
  const { field, good } = useEmail(true);
  return (
    <Form
      title={words.addEmail}
      submit={words.saveEmail}
      act="save"
      onSubmit={() => {
        const goes = good();
        if (goes) void queueing.saveEmail();
        return goes;
      }}
    >
      {field}
    </Form>
  );
}

export function CallbackForm() {
  const { queueing, words, lang, now } = useQueue();
  const { calling } = words;
  const chosen = useSignal<number | null>(null);
  const tried = useSignal(false);
  const answer = queueing.times.value;
  const days = byDay(answer?.times ?? [], now());
  const day = days.find(({ times }) => times.includes(chosen.value ?? 0)) ?? days[0];
  const at = day && (day.times.find((time) => time === chosen.value) ?? day.times[0]);
  const phone = queueing.phone.value.trim();
  const bad = phone !== '' && !isPhone(phone);
  const there = at && answer?.tz ? timeIn(answer.tz, at, lang) : null;

  let body: ComponentChildren;
  if (queueing.lost.value) {
    body = (
      <>
        <p role="alert">{calling.lost}</p>
        <Button onClick={() => void queueing.loadTimes()}>{words.retry}</Button>
      </>
    );
  } else if (!answer) {
    body = (
      <div class="queue-loading">
        <Spinner label={calling.loading} />
      </div>
    );
  } else if (!day) body = <p role="status">{calling.none}</p>;
  else {
    body = (
      <>
        <div class="queue-when">
          <Choice
            label={calling.day}
            value={day.at}
            options={days.map(({ at: start }) => [start, comingDayAlone(start, now(), lang)])}
            onChoose={(start) => {
              chosen.value = days.find((one) => one.at === start)?.times[0] ?? null;
            }}
          />
          <Choice
            label={calling.time}
            value={at ?? 0}
            options={day.times.map((time) => [time, slotText(time, lang)])}
            onChoose={(time) => {
              chosen.value = time;
            }}
          />
        </div>
        {there && <p class="queue-small">{calling.zone(there)}</p>}
        <Field
          label={calling.phone}
          hint={calling.phoneHint}
          error={tried.value && bad ? calling.phoneBad : null}
          type="tel"
          autoComplete="tel"
          maxLength={24}
          value={queueing.phone.value}
          onValue={(value) => {
            queueing.phone.value = value;
          }}
        />
      </>
    );
  }
  return (
    <Form
      title={calling.title}
      submit={calling.submit}
      act="book"
      ready={Boolean(at)}
      onSubmit={() => {
        tried.value = true;
        if (bad || !at) return false;
        void queueing.book(at);
        return true;
      }}
    >
      {body}
    </Form>
  );
}

interface ChoiceProps {
  label: string;
  value: number;
  options: [value: number, text: string][];
  onChoose: (value: number) => void;
}

function Choice({ label, value, options, onChoose }: ChoiceProps) {
  return (
    <label class="field">
      <span class="field-label">{label}</span>
      <select
        class="input"
        value={value}
        onChange={({ currentTarget }) => onChoose(Number(currentTarget.value))}
      >
        {options.map(([one, text]) => (
          <option key={one} value={one}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
