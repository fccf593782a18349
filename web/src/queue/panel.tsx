/** The card of those who wait; nothing while nobody does. */
import '@preact/signals'; // components render again when the signals change
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Chat } from '@/widget/chat.ts';
import { BookedCard, LeftCard, PlaceCard } from './cards.tsx';
import { CallbackForm, EmailForm, MessageForm } from './forms.tsx';
import { openingText } from './opening.ts';
import './queue.css';
import type { Queueing } from './queueing.ts';
import type { Standing } from './standing.ts';
import type { QueueWords } from './strings.en.ts';
import { newsOf, tellIn } from './telling.ts';
import { QueueContext, type QueueView } from './view.ts';
import { placeText, waitText } from './words.ts';

interface PanelProps {
  chat: Chat;
  queueing: Queueing;
  words: QueueWords;
}

export function QueuePanel({ chat, queueing, words }: PanelProps) {
  const lang = chat.i18n.lang.value;
  const now = () => chat.connection.now();
  const { online = true, opens_at } = chat.availability.value ?? {};
  const view: QueueView = {
    queueing,
    words,
    lang,
    now,
    opening: online ? null : openingText(opens_at, now(), lang),
    live: online,
    offline: chat.connection.state.value !== 'online',
    department: chat.thread.state.value?.queue?.department.name ?? '',
  };
  const standing = queueing.standing.value;
  return (
    <QueueContext.Provider value={view}>
      {standing && <Card standing={standing} view={view} />}
      <Announcer standing={standing} words={words} />
    </QueueContext.Provider>
  );
}

function Card({ standing, view }: { standing: Standing; view: QueueView }) {
  const section = useRef<HTMLElement>(null);
  const shown = view.queueing.view.value;
  useFocusKept(section, `${shown} ${standing.kind}`);
  return (
    <section ref={section} class="queue" aria-label={view.words.region} tabIndex={-1}>
      <Content standing={standing} shown={shown} />
    </section>
  );
}

function Content({ standing, shown }: { standing: Standing; shown: string }) {
  switch (shown) {
    case 'message':
      return <MessageForm />;
    case 'callback':
      return <CallbackForm />;
    case 'email':
      return <EmailForm />;
    default:
  }
  switch (standing.kind) {
    case 'callback':
      return <BookedCard at={standing.at} />;
    case 'left':
      return <LeftCard reason={standing.reason} />;
    default:
      return <PlaceCard standing={standing} />;
  }
}

/** Tells how one stands, not at each tick (`telling.ts`). */
function Announcer({ standing, words }: { standing: Standing | null; words: QueueWords }) {
  const [said, say] = useState('');
  const told = useRef<{ news: string; at: number } | null>(null);
  const text = useRef('');
  const news = newsOf(standing);
  text.current = standing ? spoken(standing, words) : '';
  useEffect(() => {
    if (!news) {
      say('');
      told.current = null;
    }
    const wait = tellIn(news, told.current, Date.now());
    if (wait === null) return;
    const timer = setTimeout(() => {
      told.current = { news, at: Date.now() };
      say(text.current);
    }, wait);
    return () => clearTimeout(timer);
  }, [news]);
  return (
    <p class="hidden-text" role="status">
      {said}
    </p>
  );
}

function spoken(standing: Standing, words: QueueWords): string {
  switch (standing.kind) {
    case 'waiting': {
      const wait = words.wait(waitText(standing.wait, words));
      return `${placeText(standing.place, words)}. ${wait}.`;
    }
    case 'ringing':
      return `${words.ringing} ${words.ringingMore}`;
    default:
      return words.unstaffed;
  }
}

/** Where what had the focus goes away, the focus stays by it; elsewhere it is left alone. */
function useFocusKept(section: RefObject<HTMLElement | null>, shown: string): void {
  const inside = useRef(false);
  useLayoutEffect(() => {
    const note = ({ type, relatedTarget }: FocusEvent) => {
      // By itself it leaves for nowhere when its element goes away, or the window loses it.
      if (type === 'focusin') inside.current = true;
      else if (relatedTarget && !section.current?.contains(relatedTarget as Node)) {
        inside.current = false;
      }
    };
    const press = ({ target }: Event) => {
      inside.current = Boolean(section.current?.contains(target as Node));
    };
    const { current } = section;
    current?.addEventListener('focusin', note);
    current?.addEventListener('focusout', note);
    addEventListener('pointerdown', press);
    return () => {
      current?.removeEventListener('focusin', note);
      current?.removeEventListener('focusout', note);
      removeEventListener('pointerdown', press);
      if (inside.current) rest(document.querySelector<HTMLElement>('.log'));
    };
  }, [section]);
  useLayoutEffect(() => {
    if (inside.current) rest(section.current);
  }, [section, shown]);
}

/** Focus `element` if nothing that is still there has it. */
function rest(element: HTMLElement | null): void {
  requestAnimationFrame(() => {
    const { activeElement, body } = document;
    if (!activeElement || activeElement === body) element?.focus({ preventScroll: true });
  });
}
