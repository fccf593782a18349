/** Which page of the console is shown, and its part of the address. Pure. */

/** The pages of the shop's settings, in the order of their menu. */
export const ADMIN_PAGES = [
  'departments',
  'agents',
  'skills',
  'hours',
  'targets',
  'rules',
  'canned',
  'calls',
] as const;

export type AdminPage = (typeof ADMIN_PAGES)[number];

/** The conversations; the supervisor's view of the floor; the shop's settings. */
export type Page = { at: 'desk' } | { at: 'floor' } | { at: 'admin'; page: AdminPage };

export const DESK: Page = { at: 'desk' };

export interface Place {
  page: Page;
  /** The conversation that is open. */
  conv: string | null;
}

/** Read an address; what is not known, or not for this person, is the desk. */
export function readPlace(hash: string, supervisor: boolean): Place {
  const conv = /^#\/c\/([0-9A-Za-z]+)$/.exec(hash)?.[1] ?? null;
  if (conv !== null || !supervisor) return { page: DESK, conv };
  if (hash === '#/floor') return { page: { at: 'floor' }, conv };
  const typed = /^#\/settings(?:\/([a-z]+))?$/.exec(hash);
  if (!typed) return { page: DESK, conv };
  const page = ADMIN_PAGES.find((known) => known === typed[1]) ?? ADMIN_PAGES[0];
  return { page: { at: 'admin', page }, conv };
}

/** The address of a place; none for the desk with nothing open. */
export function writePlace({ page, conv }: Place): string {
  if (page.at === 'floor') return '#/floor';
  if (page.at === 'admin') return `#/settings/${page.page}`;
  return conv === null ? '' : `#/c/${conv}`;
}
