/** What every page of the settings reaches for: the settings and the words. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Lang } from '@/i18n';
import type { Admin, Kept } from './store';
import { type AdminStrings, adminEn } from './strings.en';
import { adminFi } from './strings.fi';
import { adminSv } from './strings.sv';

export const ADMIN_WORDS: Record<Lang, AdminStrings> = { en: adminEn, fi: adminFi, sv: adminSv };

export interface AdminView {
  admin: Admin;
  kept: Kept;
  a: AdminStrings;
}

export const AdminContext = createContext<AdminView | null>(null);

export function useAdmin(): AdminView {
  const view = useContext(AdminContext);
  if (!view) throw new Error('a page of the settings is used outside of them');
  return view;
}
