/**
 * The keyboard: what each action's key is, how a key press is read, and what the agent changed.
 *
 * Single-character keys can be turned off or changed (WCAG 2.1.4). They act only while no field has
 * the focus; chords with Ctrl or ⌘ act everywhere. Alt is left to the browser's own menus.
 */

export type Action =
  | 'next'
  | 'previous'
  | 'waiting'
  | 'mine'
  | 'all'
  | 'closed'
  | 'unread'
  | 'search'
  | 'accept'
  | 'offerAccept'
  | 'offerReject'
  | 'pull'
  | 'reply'
  | 'note'
  | 'handback'
  | 'transfer'
  | 'close'
  | 'reopen'
  | 'invite'
  | 'cobrowse'
  | 'identity'
  | 'context'
  | 'available'
  | 'help'
  | 'commands';

export const ACTIONS: readonly Action[] = [
  'next',
  'previous',
  'waiting',
  'mine',
  'all',
  'closed',
  'unread',
  'search',
  'accept',
  'offerAccept',
  'offerReject',
  'pull',
  'reply',
  'note',
  'handback',
  'transfer',
  'close',
  'reopen',
  'invite',
  'cobrowse',
  'identity',
  'context',
  'available',
  'help',
  'commands',
];

export const DEFAULT_KEYS: Readonly<Record<Action, string>> = {
  next: 'j',
  previous: 'k',
  waiting: '1',
  mine: '2',
  all: '3',
  closed: '4',
  unread: 'u',
  search: 's',
  accept: 'a',
  offerAccept: 'Mod+.',
  offerReject: 'Mod+,',
  pull: 'g',
  reply: 'r',
  note: 'n',
  handback: 'h',
  transfer: 't',
  close: 'c',
  reopen: 'o',
  invite: 'i',
  cobrowse: 'p',
  identity: 'b',
  context: '.',
  available: 'v',
  help: '?',
  commands: 'Mod+k',
};

/** What the agent changed; an empty string turns one key off. */
export interface KeySettings {
  single: boolean;
  changed: Partial<Record<Action, string>>;
}

export const KEY_DEFAULTS: KeySettings = { single: true, changed: {} };

export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  isComposing?: boolean;
}

/** Names a key press as settings store it ("j", "?", "Mod+k"); null when it cannot be a shortcut. */
export function nameOf(press: KeyPress): string | null {
  if (press.isComposing || press.altKey) return null;
  const mod = press.ctrlKey || press.metaKey;
  if (press.key.length !== 1 || press.key === ' ') return null;
  return mod ? `Mod+${press.key.toLowerCase()}` : press.key.toLowerCase();
}

export function keyOf(action: Action, settings: KeySettings): string {
  const key = settings.changed[action] ?? DEFAULT_KEYS[action];
  return !settings.single && !key.startsWith('Mod+') ? '' : key;
}

/** The action of a key press. `inField`: a text field has the focus, so only chords count. */
export function actionOf(press: KeyPress, settings: KeySettings, inField: boolean): Action | null {
  const name = nameOf(press);
  if (name === null || (inField && !name.startsWith('Mod+'))) return null;
  return ACTIONS.find((action) => keyOf(action, settings) === name) ?? null;
}

/** Gives `key` to `action`; the action that had it loses it, so that one key never means two things. */
export function changeKey(settings: KeySettings, action: Action, key: string): KeySettings {
  const changed: Partial<Record<Action, string>> = { ...settings.changed };
  if (key !== '') {
    for (const other of ACTIONS) {
      if (other !== action && (changed[other] ?? DEFAULT_KEYS[other]) === key) changed[other] = '';
    }
  }
  if (key === DEFAULT_KEYS[action]) delete changed[action];
  else changed[action] = key;
  return { ...settings, changed };
}

/** Shows a stored key as the machine's user knows it. */
export function showKey(key: string, mac: boolean): string {
  if (key.startsWith('Mod+')) return `${mac ? '⌘' : 'Ctrl+'}${key.slice(4).toUpperCase()}`;
  return /^[a-z]$/.test(key) ? key.toUpperCase() : key;
}

/** Reads what an earlier session stored; anything odd in it is dropped. */
export function readKeySettings(stored: unknown): KeySettings {
  if (typeof stored !== 'object' || stored === null) return KEY_DEFAULTS;
  const { single, changed } = stored as { single?: unknown; changed?: unknown };
  const kept: Partial<Record<Action, string>> = {};
  if (typeof changed === 'object' && changed !== null) {
    for (const action of ACTIONS) {
      const key = (changed as Record<string, unknown>)[action];
      if (typeof key === 'string' && key.length <= 5) kept[action] = key;
    }
  }
  return { single: single !== false, changed: kept };
}
