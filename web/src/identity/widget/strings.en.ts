/** The words of proving who one is, in English; the shape of the other languages. */
import type { Shape } from '@/i18n/index.ts';

export const en = {
  region: 'Proving who you are',
  asked: (name: string) => `${name} asks you to prove who you are`,
  /** Why, by the purpose of the request. */
  purpose: {
    account: 'To open your customer account or change it.',
    order: 'To speak about your order.',
    refund: 'To pay money back to you.',
    payment: 'To agree on a payment.',
    contract: 'To make or change a contract.',
    age: 'To make sure of your age.',
    other: 'To make sure that it is you.',
  },
  note: (name: string) => `${name} writes:`,
  how: 'You sign in at your bank or with your app. Never write codes or passwords in the chat.',
  passed: (shop: string) =>
    `Passed on to ${shop}, encrypted: your name and your personal identity code.`,
  seen: (name: string) => `${name} sees your name. Your code stays hidden.`,
  left: (time: string) => `Time left ${time}`,
  choose: 'Choose how',
  loading: 'Fetching the ways…',
  none: 'There is no way to do this here right now. Tell that in the chat.',
  notNow: 'Not now',
  waiting: {
    title: (method: string) => `Go on at ${method}`,
    lead: 'It goes on in its own window. This chat stays open, and the result comes here by itself.',
    closed:
      'Its window seems to be closed. If you finished there, the result comes here in a moment.',
    goOn: 'Continue at the bank',
    again: 'Try again',
  },
  blocked: {
    title: 'The window was blocked',
    lead: 'Your browser did not let the bank’s window open.',
    tab: 'Open in a new tab',
    here: 'Open in this tab',
    hereNote: 'In this tab the bank takes the shop’s place; you come back here afterwards.',
  },
  bankid: {
    code: 'QR code for the app',
    steps: [
      'Start the BankID app on your phone.',
      'Choose to scan a QR code.',
      'Point the camera at this code. It changes every second.',
    ],
    open: 'Open BankID on this device',
    orScan: 'Or scan the code with another device:',
    lost: 'No connection. A new code comes when it is back.',
  },
  cancel: 'Cancel',
  elsewhere: 'You are at it in another tab or window. To begin here instead, choose how.',
  /** Nothing was passed on in any of these. */
  failed: {
    cancelled:
      'It was cancelled, and nothing was passed on. You can try again or choose another way.',
    refused:
      'The bank did not complete it, and nothing was passed on. Try again or choose another way.',
    expired: 'The time for it ran out, and nothing was passed on. You can begin again.',
    unavailable: 'It does not answer right now. Try again in a moment, or choose another way.',
    invalid: 'The answer could not be used, and nothing was kept. Try again or choose another way.',
  },
  trouble: {
    network: 'The connection failed. Try again.',
    refused: 'It could not be begun. Try again or choose another way.',
  },
  retry: 'Try again',
  notice: {
    asked: (name: string) => `${name} asked you to prove who you are`,
    verified: (time: string, method: string | null) =>
      method
        ? `You proved who you are with ${method} · ${time}`
        : `You proved who you are · ${time}`,
    declined: 'You did not prove who you are',
    withdrawn: 'The request to prove who you are was taken back',
    expired: 'The time to prove who you are ran out. You can be asked again.',
  },
  confidential: 'Confidential: experts do not see this',
};

export type IdentityWords = Shape<typeof en>;
