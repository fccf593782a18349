import { expect, test } from 'vitest';
import { ADMIN_PAGES, DESK, readPlace, writePlace } from './pages';

test('every place is found again by its address', () => {
  const places = [
    { page: DESK, conv: null },
    { page: DESK, conv: '01HZX3' },
    { page: { at: 'floor' as const }, conv: null },
    ...ADMIN_PAGES.map((page) => ({ page: { at: 'admin' as const, page }, conv: null })),
  ];
  for (const place of places) expect(readPlace(writePlace(place), true)).toEqual(place);
});

test('a supervisor’s page is the desk for everybody else', () => {
  expect(readPlace('#/floor', false)).toEqual({ page: DESK, conv: null });
  expect(readPlace('#/settings/hours', false)).toEqual({ page: DESK, conv: null });
});

test('settings without a page, or with one that is not there, open at the first', () => {
  const first = { page: { at: 'admin', page: ADMIN_PAGES[0] }, conv: null };
  expect(readPlace('#/settings', true)).toEqual(first);
  expect(readPlace('#/settings/nothing', true)).toEqual(first);
});
