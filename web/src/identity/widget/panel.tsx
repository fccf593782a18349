/** Proving who one is, whatever its phase; nothing while nobody asks. */
import '@preact/signals'; // components render again when the signals change
import type { RefObject } from 'preact';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { Chat } from '@/widget/chat.ts';
import { hintWords } from '../hints.ts';
import type { Verifying } from '../verifying.ts';
import { BlockedCard, WaitingCard } from './bankcards.tsx';
import { BankIdCard } from './bankid.tsx';
import './identity.css';
import { RequestCard } from './request.tsx';
import { useVerifying, VerifyingContext, type VerifyingView } from './view.ts';
import { identityWords } from './words.ts';

export interface IdentityPanelProps {
  chat: Chat;
  verifying: Verifying;
  phone: boolean;
}

export function IdentityPanel({ chat, verifying, phone }: IdentityPanelProps) {
  const lang = chat.i18n.lang.value;
  const { service, title } = chat.i18n.t.value;
  const name = verifying.request.value?.by.name || service;
  const shop = chat.site.value?.name ?? title;
  const view = useMemo<VerifyingView>(
    () => ({ verifying, words: identityWords(lang), lang, name, shop, phone }),
    [verifying, lang, name, shop, phone],
  );
  const section = useRef<HTMLElement>(null);
  const phase = verifying.phase.value;
  useFocusKept(section, phase);
  return (
    <VerifyingContext.Provider value={view}>
      {phase !== 'idle' && (
        <section
          ref={section}
          class="identity"
          aria-label={view.words.region}
          data-phase={phase}
          tabIndex={-1}
        >
          <Card phase={phase} />
        </section>
      )}
      <Announcer />
    </VerifyingContext.Provider>
  );
}

function Card({ phase }: { phase: Verifying['phase']['value'] }) {
  switch (phase) {
    case 'waiting':
      return <WaitingCard />;
    case 'blocked':
      return <BlockedCard />;
    case 'bankid':
      return <BankIdCard />;
    default:
      return <RequestCard />;
  }
}

/** Tells what came of a step. What is asked and what is proven, the log tells. */
function Announcer() {
  const { verifying, words, lang } = useVerifying();
  const { failed, method, phase, polling, trouble } = verifying;
  let text = '';
  if (trouble.value) text = words.trouble[trouble.value];
  else {
    switch (phase.value) {
      case 'asked':
        if (failed.value) text = words.failed[failed.value];
        break;
      case 'waiting':
        text = words.waiting.title(method.value?.label ?? '');
        break;
      case 'blocked':
        text = words.blocked.title;
        break;
      case 'bankid':
        text = hintWords(polling.progress.value?.hint, lang);
        break;
      case 'elsewhere':
        text = words.elsewhere;
        break;
      default:
    }
  }
  return (
    <p class="hidden-text" role="status">
      {text}
    </p>
  );
}

/**
 * Where what had the focus goes away, it stays by it. What has it elsewhere keeps it: another part
 * of the chat, the shop's page, the bank's window.
 */
function useFocusKept(section: RefObject<HTMLElement | null>, phase: string): void {
  const inside = useRef(false);
  useLayoutEffect(() => {
    const note = ({ target, relatedTarget, type }: FocusEvent) => {
      if (type === 'focusin') inside.current = isIn(section.current, target);
      // By itself it leaves for nowhere when the window loses it, or its element goes away.
      else if (relatedTarget) inside.current = isIn(section.current, relatedTarget);
    };
    const press = ({ target }: Event) => {
      inside.current = isIn(section.current, target);
    };
    addEventListener('focusin', note);
    addEventListener('focusout', note);
    addEventListener('pointerdown', press);
    return () => {
      removeEventListener('focusin', note);
      removeEventListener('focusout', note);
      removeEventListener('pointerdown', press);
    };
  }, [section]);
  useLayoutEffect(() => {
    if (!inside.current) return;
    const place = () => {
      const { activeElement, body } = document;
      if (activeElement && activeElement !== body) return;
      (section.current ?? document.querySelector<HTMLElement>('.log'))?.focus({
        preventScroll: true,
      });
    };
    if (document.hasFocus()) place();
    else addEventListener('focus', place, { once: true });
    return () => removeEventListener('focus', place);
  }, [section, phase]);
}

function isIn(section: HTMLElement | null, target: EventTarget | null): boolean {
  return target instanceof Node && Boolean(section?.contains(target));
}
