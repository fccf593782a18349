/** The questions: may they see the page, may they help on it. Answering is the consent. */
import { useRef } from 'preact/hooks';
import { Button } from '@/ui/button.tsx';
import { EyeIcon, EyeOffIcon, HandIcon } from './icons.tsx';
import { useMeant } from './trusted.ts';
import { coversPage, keepFocus, useSharing } from './view.ts';

/** Somebody asks to see the page, or the shopper wants to show it. */
export function ViewCard() {
  const { sharing, host, words, nameOf } = useSharing();
  const asked = sharing.cobrowse.value;
  const name = nameOf(asked?.by);
  const title = asked ? words.view.asked(name) : words.view.wished;
  if (sharing.trouble.value) return <TroubleCard title={title} />;
  return (
    <div class="cobrowse-card" role="alertdialog" aria-label={title}>
      <h2>{title}</h2>
      <p>{words.view.lead(name)}</p>
      <ul class="cobrowse-points">
        <li>
          <EyeOffIcon />
          <span>{words.view.hidden}</span>
        </li>
        <li>
          <EyeIcon />
          <span>{words.view.names}</span>
        </li>
        <li>
          <HandIcon />
          <span>{words.view.stop}</span>
        </li>
      </ul>
      <button
        type="button"
        class="cobrowse-link"
        aria-pressed={sharing.preview.value}
        disabled={!sharing.ready.value}
        onClick={() => {
          const on = !sharing.preview.value;
          sharing.setPreview(on);
          if (on && coversPage()) host.tell({ t: 'close' });
        }}
      >
        {sharing.preview.value ? words.view.previewOff : words.view.preview}
      </button>
      {sharing.failed.value && (
        <p class="cobrowse-bad" role="alert">
          {words.view.failed}
        </p>
      )}
      <Answers
        allow={words.view.allow}
        notNow={words.view.notNow}
        busy={!sharing.ready.value || sharing.phase.value === 'starting'}
        onAllow={() => {
          void sharing.allow();
          if (coversPage()) host.tell({ t: 'close' }); // onto the page, and its banner
        }}
        onNotNow={() => sharing.decline()}
      />
    </div>
  );
}

/** Somebody who sees the page asks to do things on it. */
export function ControlCard() {
  const { sharing, host, words, nameOf } = useSharing();
  const { control } = sharing;
  const asked = control.asked.value;
  if (!asked) return null;
  const name = nameOf(asked.by);
  const title = words.control.asked(name);
  return (
    <div class="cobrowse-card" role="alertdialog" aria-label={title}>
      <h2>{title}</h2>
      <p>{words.control.lead(name)}</p>
      <ul class="cobrowse-caps">
        {asked.caps.map((cap) => (
          <li key={cap}>{words.control[cap]}</li>
        ))}
      </ul>
      <p>
        <b>{words.control.never}</b>
      </p>
      <p>{words.control.time(name)}</p>
      <Answers
        allow={words.control.allow(name)}
        notNow={words.control.notNow}
        onAllow={() => {
          void control.give();
          if (coversPage()) host.tell({ t: 'close' });
        }}
        onNotNow={() => control.decline()}
      />
    </div>
  );
}

interface AnswersProps {
  allow: string;
  notNow: string;
  busy?: boolean;
  onAllow: () => void;
  onNotNow: () => void;
}

function Answers({ allow, notNow, busy = false, onAllow, onNotNow }: AnswersProps) {
  const { host } = useSharing();
  const button = useRef<HTMLButtonElement>(null);
  const meant = useMeant(button, host.open, () => {
    keepFocus();
    onAllow();
  });
  return (
    <div class="cobrowse-actions">
      <Button variant="primary" buttonRef={button} busy={busy} onClick={meant}>
        {allow}
      </Button>
      <Button
        variant="quiet"
        onClick={() => {
          onNotNow();
          document.querySelector<HTMLElement>('.log')?.focus();
        }}
      >
        {notNow}
      </Button>
    </div>
  );
}

/** The page cannot be shown: why, and what can be done. */
function TroubleCard({ title }: { title: string }) {
  const { sharing, host, words } = useSharing();
  const why = useTrouble();
  return (
    <div class="cobrowse-card" role="alertdialog" aria-label={title}>
      <h2>{title}</h2>
      <p class="cobrowse-bad">{why}</p>
      <div class="cobrowse-actions">
        {sharing.trouble.value === 'unreachable' && !host.alone && (
          <Button onClick={() => sharing.retry()}>{words.trouble.retry}</Button>
        )}
        <Button variant="quiet" onClick={() => sharing.decline()}>
          {words.trouble.close}
        </Button>
      </div>
    </div>
  );
}

/** Why the page cannot be shown, in words; null: it can. */
export function useTrouble(): string | null {
  const { sharing, host, words } = useSharing();
  const trouble = sharing.trouble.value;
  if (!trouble) return null;
  return words.trouble[trouble === 'unreachable' && host.alone ? 'alone' : trouble];
}
