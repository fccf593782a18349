/** The check as it goes on, step by step; then what is best here, and the way out of each problem. */
import '@preact/signals'; // components render again when the check's signals change
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { playTestSound, useLevel } from '@/call/level.ts';
import type { CallWords } from '@/call/strings.en.ts';
import type { DeviceKind } from '@/client/capture.ts';
import type { Lang } from '@/i18n/index.ts';
import { Button } from '@/ui/button.tsx';
import { CheckIcon, WarningIcon } from '@/ui/icons.tsx';
import { Spinner } from '@/ui/spinner.tsx';
import type { Check } from './check.ts';
import './doctor.css';
import type { DoctorWords } from './strings.en.ts';
import type { Device, Findings, Measured, Mode } from './verdict.ts';
import { doctorWords } from './words.ts';

export interface DoctorPanelProps {
  check: Check;
  lang: Lang;
  /** The call's words: they tell of devices. */
  words: CallWords;
  kinds?: readonly DeviceKind[];
  /** Goes on with what is best; without it there is nothing to go on with. */
  onChoose?: (mode: Mode) => void;
  onClose: () => void;
  /** Whether the place around it has a heading of its own. */
  headed?: boolean;
}

const BOTH: readonly DeviceKind[] = ['audio', 'video'];

export function DoctorPanel(props: DoctorPanelProps) {
  const { check, lang, words, kinds = BOTH } = props;
  const t = doctorWords(lang);
  const heading = useRef<HTMLHeadingElement>(null);
  // Before anything is drawn: until it has run there is no verdict to be shown.
  useLayoutEffect(() => {
    heading.current?.focus();
    void check.run(kinds);
    return () => check.stop();
  }, [check]);
  const findings = check.findings.value;
  const running = check.running.value;
  const verdict = check.verdict.value;
  return (
    <div class="doctor">
      {!props.headed && (
        <h2 ref={heading} tabIndex={-1}>
          {t.title}
        </h2>
      )}
      <p class="doctor-hint">{t.hint}</p>
      <ul class="doctor-steps" aria-label={t.steps}>
        <DeviceStep label={t.camera} kind="video" device={findings.camera} {...{ t, words }} />
        <DeviceStep
          label={t.microphone}
          kind="audio"
          device={findings.microphone}
          {...{ t, words }}
        >
          <Listening check={check} t={t} />
        </DeviceStep>
        <SpeakerStep check={check} t={t} />
        <NetworkSteps findings={findings} t={t} lang={lang} />
      </ul>
      <div class="doctor-verdict" role="status" data-mode={running ? undefined : verdict.mode}>
        {running ? (
          <p>{t.checking}</p>
        ) : (
          <>
            <p class="doctor-best">{t.best[verdict.mode]}</p>
            {verdict.problems.length > 0 && (
              <ul>
                {verdict.problems.map((problem) => (
                  <li key={problem}>{t.problems[problem]}</li>
                ))}
              </ul>
            )}
          </>
        )}
      </div>
      <div class="doctor-actions">
        {!running && props.onChoose && (
          <Button variant="primary" onClick={() => props.onChoose?.(verdict.mode)}>
            {t.goOn[verdict.mode]}
          </Button>
        )}
        {!running && <Button onClick={() => void check.run(kinds)}>{t.again}</Button>}
        <Button variant="quiet" onClick={props.onClose}>
          {running ? t.skip : props.onChoose ? t.back : t.close}
        </Button>
      </div>
    </div>
  );
}

type State = 'waiting' | 'good' | 'bad' | 'idle';

interface StepProps {
  label: string;
  state: State;
  detail?: string;
  children?: ComponentChildren;
}

function Step({ label, state, detail, children }: StepProps) {
  return (
    <li class="doctor-step" data-state={state}>
      <span class="doctor-mark" aria-hidden="true">
        {state === 'waiting' && <Spinner />}
        {state === 'good' && <CheckIcon size={18} />}
        {state === 'bad' && <WarningIcon size={18} />}
      </span>
      <span class="doctor-label">{label}</span>
      {detail !== undefined && <span class="doctor-detail">{detail}</span>}
      {children}
    </li>
  );
}

interface DeviceStepProps {
  label: string;
  kind: DeviceKind;
  device: Device;
  t: DoctorWords;
  words: CallWords;
  children?: ComponentChildren;
}

function DeviceStep({ label, kind, device, t, words, children }: DeviceStepProps) {
  switch (device) {
    case 'asking':
      return <Step label={label} state="waiting" detail={t.asking} />;
    case 'off':
      return <Step label={label} state="idle" detail={t.off} />;
    case 'ok':
      return children ? (
        <Step label={label} state="good">
          {children}
        </Step>
      ) : (
        <Step label={label} state="good" detail={t.works} />
      );
    default:
      return <Step label={label} state="bad" detail={words.trouble[kind][device]} />;
  }
}

function Listening({ check, t }: { check: Check; t: DoctorWords }) {
  const bar = useRef<HTMLSpanElement>(null);
  const heard = useLevel(check.capture.tracks.value.get('audio') ?? null, bar);
  useEffect(() => {
    if (heard) check.heard();
  }, [heard, check]);
  const silent = check.findings.value.heard === false;
  return (
    <span class="doctor-detail">
      {heard ? t.heard : silent ? t.silent : t.speak}
      <span class="doctor-meter" aria-hidden="true">
        <span ref={bar} />
      </span>
    </span>
  );
}

function SpeakerStep({ check, t }: { check: Check; t: DoctorWords }) {
  const [played, setPlayed] = useState(false);
  const { sound } = check.findings.value;
  const play = () => {
    setPlayed(true);
    void playTestSound(check.capture.choice.value.speaker);
  };
  const state = sound === null ? 'idle' : sound ? 'good' : 'bad';
  const told = sound === null ? undefined : sound ? t.soundHeard : t.soundMissing;
  return (
    <Step label={t.speaker} state={state} {...(told ? { detail: told } : {})}>
      <span class="doctor-sound">
        <Button onClick={play}>{t.play}</Button>
        {played && sound === null && (
          <fieldset class="doctor-question">
            <legend>{t.didYouHear}</legend>
            <Button onClick={() => check.sounded(true)}>{t.yes}</Button>
            <Button onClick={() => check.sounded(false)}>{t.no}</Button>
          </fieldset>
        )}
      </span>
    </Step>
  );
}

function NetworkSteps({ findings, t, lang }: { findings: Findings; t: DoctorWords; lang: Lang }) {
  const { ways, link } = findings;
  const said = numbers(lang);
  return (
    <>
      {ways.map(({ way, state, ms }) => (
        <Step
          key={way}
          label={t.ways[way]}
          state={state === 'trying' ? 'waiting' : state === 'open' ? 'good' : 'bad'}
          detail={
            state === 'trying' ? t.trying : state === 'open' ? t.open(said.ms(ms ?? 0)) : t.shut
          }
        />
      ))}
      {link === null && <Step label={t.speed} state="waiting" detail={t.measuring} />}
      {typeof link === 'string' && <Step label={t.speed} state="bad" detail={t.notMeasured} />}
      {link !== null && typeof link === 'object' && (
        <Step label={t.speed} state="good">
          <span class="doctor-detail">
            {t.rates(...rates(link, t, said))}
            <br />
            {t.trip(said.ms(link.rtt ?? 0), said.percent(Math.max(link.lossUp, link.lossDown)))}
          </span>
        </Step>
      )}
    </>
  );
}

type Said = ReturnType<typeof numbers>;

function rates(link: Measured, t: DoctorWords, said: Said): [string, string] {
  const one = (kbps: number, capped: boolean) =>
    capped ? t.orMore(said.rate(kbps)) : said.rate(kbps);
  return [one(link.up, link.upCapped), one(link.down, link.downCapped)];
}

function numbers(lang: Lang) {
  const whole = new Intl.NumberFormat(lang, { maximumFractionDigits: 0 });
  const tenths = new Intl.NumberFormat(lang, { maximumFractionDigits: 1 });
  return {
    ms: (value: number) => `${whole.format(value)} ms`,
    percent: (value: number) => `${tenths.format(value)} %`,
    rate: (kbps: number) =>
      kbps >= 1000 ? `${tenths.format(kbps / 1000)} Mbit/s` : `${whole.format(kbps)} kbit/s`,
  };
}
