/**
 * Tells the agent of new work (`alerts.ts` decides what is): a sound, a desktop notification while
 * the page is not looked at, and a count in the title. Permission is asked by a button only.
 */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { ConversationSummary } from '@/client/protocol.gen';
import { type News, type NewsKind, newsOf } from './alerts';
import type { Env } from './env';
import { visitorName } from './names';

export type Permission = 'granted' | 'denied' | 'default' | 'unsupported';

const permission = signal<Permission>(
  'Notification' in globalThis ? Notification.permission : 'unsupported',
);

/** What the browser allows; read `.value` while rendering. */
export const notificationPermission = permission;

export async function askPermission(): Promise<void> {
  if (permission.value === 'default') permission.value = await Notification.requestPermission();
}

export function useAlerts(env: Env): void {
  const { desk } = env;
  useEffect(() => {
    let before: readonly ConversationSummary[] | null = null;
    const own = new Set<string>();
    const end = desk.inbox.items.subscribe((after) => {
      if (!desk.inbox.ready.peek()) return;
      const call = desk.thread.peek()?.state.peek()?.call;
      if (call?.by.id === desk.id) own.add(call.id);
      for (const news of newsOf(before, after, desk.id, own)) {
        if (news.kind === 'customer') tellOfCustomer(news, env);
        // A transfer to us rings as an offer does; this would be the same twice.
        else if (news.kind !== 'offer' || env.standing.frame.peek() === null) tell(news, env);
      }
      before = after;
    });
    return end;
  }, [desk, env]);
  const { waiting, unread } = desk.counts.value;
  useEffect(() => {
    const count = waiting + unread;
    document.title = count > 0 ? `(${count}) Tiski` : 'Tiski';
  }, [waiting, unread]);
}

/** News of somebody who is being served: one tone. */
const CALM: ReadonlySet<NewsKind> = new Set(['message', 'verified']);

/** The router offers somebody who waits before anybody has to look: a moment to see what it does. */
const ROUTED = 1500; // ms

/** Whoever waits is news only to an agent who might take them by hand. */
function tellOfCustomer(news: News, env: Env): void {
  setTimeout(() => {
    const { desk, standing } = env;
    const row = desk.row(news.row.id);
    if (row?.state !== 'waiting') return;
    const frame = standing.frame.peek();
    const offered = frame?.offers?.some(({ conv }) => conv === row.id);
    if (frame === null || (!offered && (frame.next ?? 0) > 0)) tell(news, env);
  }, ROUTED);
}

function tell(news: News, env: Env): void {
  const { desk, prefs, words } = env;
  const { console: t, identity: who } = words.t.peek();
  const looking = document.visibilityState === 'visible' && document.hasFocus();
  if (looking && news.kind === 'message' && desk.selected.peek() === news.row.id) return;
  if (prefs.sound.peek()) chime(CALM.has(news.kind) ? [660] : [660, 880]);
  const name = visitorName(news.row.visitor, t);
  const titles = {
    customer: t.notice.newCustomer,
    message: t.notice.newMessage(name),
    offer: t.notice.offered(news.row.transfer?.by.name ?? ''),
    call: t.notice.ringing(name),
    verified: who.notice.proved,
  };
  showOutside(titles[news.kind], name, news.row.id, () => desk.select(news.row.id));
}

/**
 * A desktop notification, while the page is not looked at. No words of the customer: these are
 * shown on lock screens and to whoever passes by. `about`: replaces an earlier one of the same.
 */
export function showOutside(title: string, body: string, about: string, run: () => void): void {
  const looking = document.visibilityState === 'visible' && document.hasFocus();
  if (looking || permission.peek() !== 'granted') return;
  const shown = new Notification(title, { tag: `tiski-${about}`, body });
  shown.onclick = () => {
    window.focus();
    run();
    shown.close();
  };
}

let audio: AudioContext | null = null;

/** A short soft tone for each frequency; silent until the browser has seen a gesture. */
export function chime(frequencies: readonly number[]): void {
  if (!navigator.userActivation?.hasBeenActive) return;
  audio ??= new AudioContext();
  const context = audio;
  frequencies.forEach((frequency, at) => {
    const from = context.currentTime + at * 0.14;
    const tone = new OscillatorNode(context, { frequency, type: 'sine' });
    const volume = new GainNode(context, { gain: 0 });
    volume.gain.setValueAtTime(0, from);
    volume.gain.linearRampToValueAtTime(0.12, from + 0.015);
    volume.gain.exponentialRampToValueAtTime(0.0008, from + 0.4);
    tone.connect(volume).connect(context.destination);
    tone.start(from);
    tone.stop(from + 0.45);
  });
}
