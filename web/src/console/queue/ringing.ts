/**
 * The sound of what has to be answered, its notifications outside the page, and the warning before
 * an answer is late. What is new is decided by the pure modules beside this one.
 */
import { effect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Consult, Reservation } from '@/client/protocol.gen';
import { chime, showOutside } from '../alerting';
import type { Env } from '../env';
import { visitorName } from '../names';
import { clockKey, warnings } from './clocks';
import { consultsOf } from './consults';
import { newOffers } from './offers';

const RING = [784, 988, 784]; // Hz; unlike the tones of news
const WARN = [587];
const AGAIN = 4000; // ms between two rings
const ASKED = 60_000; // ms that a colleague's wish rings; after that its card stays and is quiet

/** Who hears of what is new, besides the agent's ears. */
export interface Listener {
  offer(offer: Reservation): void;
  consult(consult: Consult): void;
}

export function useRinging(env: Env, listener: Listener): void {
  const heard = useRef(listener);
  heard.current = listener;
  useEffect(() => ring(env, heard), [env]);
  useEffect(() => warn(env), [env]);
}

function ring(env: Env, heard: { current: Listener }): () => void {
  const { desk, prefs, standing, words } = env;
  let offers: Reservation[] = [];
  const consults = new Map<string, number>(); // conversation -> since when it rings here
  const sound = () => {
    if (prefs.sound.peek()) chime(RING);
  };
  const end = effect(() => {
    const now = desk.connection.now();
    const { console: t, queue: q } = words.t.peek();
    const current = standing.offers(now);
    const asked = consultsOf(desk.inbox.items.value, desk.id);
    const fresh = newOffers(offers, current);
    for (const offer of fresh) {
      heard.current.offer(offer);
      showOutside(q.offer.notice, visitorName(offer.visitor, t), offer.conv, () => {});
    }
    offers = current;
    const freshly = asked.filter(({ row }) => !consults.has(row.id));
    for (const { row, consult } of freshly) {
      consults.set(row.id, now);
      heard.current.consult(consult);
      showOutside(q.consult.title(consult.by.name ?? ''), visitorName(row.visitor, t), row.id, () =>
        desk.select(row.id),
      );
    }
    for (const conv of consults.keys()) {
      if (!asked.some(({ row }) => row.id === conv)) consults.delete(conv);
    }
    if (fresh.length > 0 || freshly.length > 0) sound();
  });
  const timer = setInterval(() => {
    const now = desk.connection.now();
    const rings = [...consults.values()].some((since) => now - since < ASKED);
    if (rings || standing.offers(now).length > 0) sound();
  }, AGAIN);
  return () => {
    end();
    clearInterval(timer);
  };
}

/** One calm tone and a notice for each answer that is nearly late; what is late already is known. */
function warn({ desk, prefs, words }: Env): () => void {
  const told = new Set<string>();
  let first = true;
  const look = () => {
    if (!desk.inbox.ready.peek()) return;
    const now = desk.connection.now();
    const rows = warnings(desk.inbox.items.peek(), desk.id, now, told);
    for (const { id, clock, visitor } of rows) {
      if (!clock) continue;
      told.add(clockKey(id, clock));
      if (first && now > clock.due_at) continue;
      const name = visitorName(visitor, words.t.peek().console);
      // Whoever looks at it sees its clock.
      if (desk.selected.peek() !== id) desk.notify({ word: 'warned', name, conv: id });
      if (prefs.sound.peek()) chime(WARN);
      showOutside(words.t.peek().queue.clock.warned(name), name, id, () => desk.select(id));
    }
    first = false;
  };
  const timer = setInterval(look, 1000);
  return () => clearInterval(timer);
}
