/**
 * The browser's way to the bank: a window or tab of our own page, opened in the click, and a form
 * that is posted into it. A form, not an address: nothing exists that could be passed on.
 */

import { ulid } from '@/client/ulid.ts';

/** A window that was opened; a bank may sever it from us, and then it only seems closed. */
export interface BankWindow {
  readonly closed: boolean;
  focus(): void;
  close(): void;
}

export interface Bank {
  /** Open our waiting page; only in a click. Null: the browser blocks windows. */
  open(way: 'popup' | 'tab', lang: string): BankWindow | null;
  /** Go to the bank: in the window that `open` gave, a new tab, or in the place of the shop. */
  go(handle: string, where: 'opened' | 'tab' | 'same'): void;
}

/** No script of the shop's page guesses it: by its name it could send the bank's window elsewhere. */
const NAME = `tiski-bank-${ulid()}`;
const WAIT = '/identity/wait?lang=';
const GO = '/identity/go';
const SIZE = { width: 520, height: 720 }; // pixels; banks' pages are made for phones too

export const browserBank: Bank = {
  open(way, lang) {
    const opened = window.open(WAIT + lang, NAME, way === 'popup' ? beside() : '');
    if (!opened || opened.closed) return null;
    opened.focus(); // it may be the one from before
    return opened;
  },
  go(handle, where) {
    const form = document.createElement('form');
    const field = document.createElement('input');
    form.method = 'post';
    form.action = GO;
    form.target = { opened: NAME, tab: '_blank', same: '_top' }[where];
    field.type = 'hidden';
    field.name = 'handle';
    field.value = handle;
    form.append(field);
    form.hidden = true;
    document.body.append(form);
    form.submit();
    form.remove();
  },
};

/** In the middle of the screen that the shop is on. */
function beside(): string {
  const { width, height } = SIZE;
  const { availWidth, availHeight } = screen;
  const { availLeft = 0, availTop = 0 } = screen as { availLeft?: number; availTop?: number };
  const left = Math.max(0, Math.round(availLeft + (availWidth - width) / 2));
  const top = Math.max(0, Math.round(availTop + (availHeight - height) / 2));
  return `popup,width=${width},height=${height},left=${left},top=${top}`;
}
