/**
 * What an agent chose on this device: list order, appearance, language, sound, keys, last view.
 * Kept in local storage; without it (refused, or full) the choices live as long as the page.
 */
import { type Signal, signal } from '@preact/signals';
import { LANGS, type Lang, pickLang } from '@/i18n';
import { type KeySettings, readKeySettings } from './keys';
import { ORDERS, type Order, VIEWS, type View } from './views';

export type Theme = 'system' | 'light' | 'dark';

export const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

export interface PrefStore {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

const PREFIX = 'tiski.console.';

export class Prefs {
  readonly theme: Signal<Theme>;
  readonly lang: Signal<Lang>;
  readonly view: Signal<View>;
  readonly order: Signal<Order>;
  readonly sound: Signal<boolean>;
  readonly context: Signal<boolean>;
  readonly keys: Signal<KeySettings>;

  /** `languages`: what the browser asks for, best first; used until the agent chooses. */
  constructor(store: PrefStore | null, languages: readonly string[]) {
    const stored = <T>(key: string, read: (value: unknown) => T): Signal<T> => {
      const made = signal(read(load(store, key)));
      made.subscribe((value) => save(store, key, value));
      return made;
    };
    this.theme = stored('theme', oneOf(THEMES, 'system'));
    this.lang = stored('lang', oneOf(LANGS, pickLang(languages)));
    this.view = stored('view', oneOf(VIEWS, 'waiting'));
    this.order = stored('order', oneOf(ORDERS, 'longest'));
    this.sound = stored('sound', (value) => value !== false);
    this.context = stored('context', (value) => value !== false);
    this.keys = stored('keys', readKeySettings);
  }
}

function oneOf<T extends string>(values: readonly T[], otherwise: T): (value: unknown) => T {
  return (value) => values.find((known) => known === value) ?? otherwise;
}

function load(store: PrefStore | null, key: string): unknown {
  try {
    return JSON.parse(store?.getItem(PREFIX + key) ?? 'null');
  } catch {
    return null;
  }
}

function save(store: PrefStore | null, key: string, value: unknown): void {
  try {
    store?.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // The choice holds until the page is closed.
  }
}
