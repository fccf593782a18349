import { describe, expect, it } from 'vitest';
import {
  ACTIONS,
  actionOf,
  changeKey,
  DEFAULT_KEYS,
  KEY_DEFAULTS,
  keyOf,
  readKeySettings,
  showKey,
} from './keys';

const press = (key: string, over = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...over,
});

describe('keys', () => {
  it('gives every action a key of its own', () => {
    expect(new Set(ACTIONS.map((a) => DEFAULT_KEYS[a])).size).toBe(ACTIONS.length);
  });

  it('leaves single keys to text fields but hears chords everywhere', () => {
    expect(actionOf(press('a'), KEY_DEFAULTS, false)).toBe('accept');
    expect(actionOf(press('a'), KEY_DEFAULTS, true)).toBeNull();
    expect(actionOf(press('k', { metaKey: true }), KEY_DEFAULTS, true)).toBe('commands');
    expect(actionOf(press('K', { ctrlKey: true }), KEY_DEFAULTS, true)).toBe('commands');
  });

  it('leaves Alt, unfinished composition and named keys alone', () => {
    expect(actionOf(press('a', { altKey: true }), KEY_DEFAULTS, false)).toBeNull();
    expect(actionOf(press('a', { isComposing: true }), KEY_DEFAULTS, false)).toBeNull();
    expect(actionOf(press('Enter'), KEY_DEFAULTS, false)).toBeNull();
    expect(actionOf(press(' '), KEY_DEFAULTS, false)).toBeNull();
  });

  it('turns single keys off together and keeps the chord', () => {
    const off = { ...KEY_DEFAULTS, single: false };
    expect(actionOf(press('a'), off, false)).toBeNull();
    expect(keyOf('accept', off)).toBe('');
    expect(actionOf(press('k', { ctrlKey: true }), off, false)).toBe('commands');
  });

  it('takes a key from the action that had it', () => {
    const changed = changeKey(KEY_DEFAULTS, 'transfer', 'a');
    expect(actionOf(press('a'), changed, false)).toBe('transfer');
    expect(keyOf('accept', changed)).toBe('');
    const back = changeKey(changeKey(changed, 'transfer', 't'), 'accept', 'a');
    expect(back.changed).toEqual({});
  });

  it('turns one key off', () => {
    expect(actionOf(press('c'), changeKey(KEY_DEFAULTS, 'close', ''), false)).toBeNull();
  });

  it('drops what it does not know in stored settings', () => {
    expect(readKeySettings(null)).toEqual(KEY_DEFAULTS);
    expect(
      readKeySettings({ single: false, changed: { accept: 'x', nonsense: 'y', close: 7 } }),
    ).toEqual({
      single: false,
      changed: { accept: 'x' },
    });
  });

  it('shows chords as the machine names them', () => {
    expect(showKey('Mod+k', true)).toBe('⌘K');
    expect(showKey('Mod+k', false)).toBe('Ctrl+K');
    expect(showKey('j', false)).toBe('J');
    expect(showKey('?', false)).toBe('?');
  });
});
