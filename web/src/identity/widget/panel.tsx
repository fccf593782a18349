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

/** Where what had the focus goes away, it stays by it; what had it elsewhere keeps it. */
function useFocusKept(section: RefObject<HTMLElement | null>, phase: string): void {
  const inside = useRef(false);
  useLayoutEffect(() => {
    const note = (event: FocusEvent) => {
      const to = event.type === 'focusin' ? event.target : event.relatedTarget;
      // A removed element leaves without saying where to.
      if (to || (event.target as Element).isConnected) {
        inside.current = to instanceof Node && Boolean(section.current?.contains(to));
      }
    };
    addEventListener('focusin', note);
    addEventListener('focusout', note);
    return () => {
      removeEventListener('focusin', note);
      removeEventListener('focusout', note);
    };
  }, [section]);
  useLayoutEffect(() => {
    const nowhere = !document.activeElement || document.activeElement === document.body;
    if (!inside.current || !nowhere) return;
    (section.current ?? document.querySelector<HTMLElement>('.log'))?.focus();
  }, [section, phase]);
}
