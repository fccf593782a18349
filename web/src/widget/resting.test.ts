import { expect, test } from 'vitest';
import type { RecordingState } from '@/client/protocol.gen.ts';
import { wish } from './resting.ts';

const PAUSE = 'recording:pause';
const RESUME = 'recording:resume';
const on = { id: 'one', state: 'on' } as RecordingState;
const paused = { id: 'one', state: 'paused', pauses: ['shop'] } as unknown as RecordingState;
const byStaff = { id: 'one', state: 'paused', pauses: ['staff'] } as unknown as RecordingState;

test('a page that says so pauses it once', () => {
  expect(wish(PAUSE, on, null)).toBe('pause');
  expect(wish(PAUSE, paused, 'one')).toBeNull();
});

test('a page pauses it beside another reason, so that the end of that does not go on', () => {
  expect(wish(PAUSE, byStaff, null)).toBe('pause');
});

test('nothing is asked for before everybody has agreed', () => {
  expect(wish(PAUSE, { id: 'one', state: 'asked' } as RecordingState, null)).toBeNull();
  expect(wish(PAUSE, null, null)).toBeNull();
});

test('the next page, which says nothing, lets go of what this tab has held', () => {
  expect(wish(undefined, paused, 'one')).toBe('resume');
});

test('what others hold is let go of by a word only', () => {
  expect(wish(undefined, paused, null)).toBeNull();
  expect(wish(undefined, paused, 'another')).toBeNull();
  expect(wish(RESUME, paused, null)).toBe('resume');
});

test('staff’s own pause is not the page’s to end', () => {
  expect(wish(RESUME, byStaff, null)).toBeNull();
});
