import { describe, expect, it } from 'vitest';
import { when } from './when';

const at = Date.UTC(2026, 2, 12, 22, 30); // 13 March 00.30 in Helsinki
const hour = 3_600_000;

describe('times', () => {
  it('counts days as the reader’s calendar does', () => {
    const helsinki = when('en', 'Europe/Helsinki');
    expect(helsinki.day(at)).toBe('2026-03-13');
    expect(when('en', 'UTC').day(at)).toBe('2026-03-12');
    expect(helsinki.dayName(at - hour, at)).toBe('Yesterday');
    expect(helsinki.dayName(at, at)).toBe('Today');
  });

  it('speaks the reader’s language', () => {
    expect(when('fi', 'UTC').dayName(at, at)).toBe('Tänään');
    expect(when('sv', 'UTC').dayName(at - 24 * hour, at)).toBe('I går');
    expect(when('fi', 'UTC').time(at)).toBe('22.30');
    expect(when('en', 'UTC').time(at)).toBe('22:30');
  });

  it('shortens with age', () => {
    const utc = when('fi', 'UTC');
    expect(utc.short(at, at + hour)).toBe('22.30');
    expect(utc.short(at, at + 24 * hour)).toBe('Eilen');
    expect(utc.short(at, at + 72 * hour)).toBe('12.3.');
  });
});
