/** The words of showing the page, in English; the shape of the other languages. */
import type { Shape } from '@/i18n/index.ts';
import type { PageWords } from '../bridge.ts';

/** Said in the shop's page; `{names}`, `{name}` and `{time}` are replaced there. */
const page: PageWords = {
  seen: '{names} sees this page',
  seenMany: '{names} see this page',
  unseen: 'Nobody is looking right now',
  paused: 'Nothing is shown right now',
  stop: 'Stop',
  stopKey: 'Esc',
  preview: 'What they see',
  previewOff: 'Take the covers away',
  hidden: 'Hidden',
  control: '{name} can help on this page · {time}',
  controlPaused: 'You are using the page; {name} waits',
  takeBack: 'Take back',
  move: 'Move to the other edge',
};

export const en = {
  region: 'Showing the page',
  page,
  /** Version view-1. What it says is what the shopper agrees to. */
  view: {
    asked: (name: string) => `${name} would like to see this page`,
    wished: 'Show this page?',
    lead: (name: string) =>
      `${name} sees the shop’s pages in this tab as you see them, and can point at things. Nothing else of your device is shown.`,
    hidden: 'Stay hidden: passwords, card details and the fields you fill in.',
    names: 'You always see who is looking. No recording is kept.',
    stop: 'Stop whenever you like: press Esc on the page, or Stop here.',
    preview: 'Show what they will see',
    previewOff: 'Take the covers away',
    allow: 'Show the page',
    notNow: 'Not now',
    failed: 'It could not be started. Try again.',
  },
  /** Version control-1. */
  control: {
    asked: (name: string) => `${name} would like to help on this page`,
    lead: (name: string) => `If you allow it, ${name} can:`,
    scroll: 'scroll the page',
    click: 'press buttons and links',
    fill: 'write into fields',
    never: 'Never: send an order, pay, or touch passwords or card details.',
    time: (name: string) =>
      `For 10 minutes at most. Take it back whenever you like: Esc, or Take back. While you use the page yourself, ${name} waits.`,
    allow: (name: string) => `Let ${name} help`,
    notNow: 'Not now',
    on: (name: string, time: string) => `${name} can help on this page · ${time}`,
    takeBack: 'Take back',
  },
  bar: {
    seen: (names: string, many: boolean) => `${names} ${many ? 'see' : 'sees'} this page`,
    unseen: 'Your page is ready; nobody is looking right now',
    connecting: 'Connecting…',
    shopper: 'Paused: nobody sees your page',
    page: 'This page is not shown to anybody',
    identity: 'Paused while you identify yourself',
    pause: 'Pause',
    goOn: 'Go on',
    preview: 'What they see',
    stop: 'Stop',
  },
  trouble: {
    framed: 'This page cannot be shown: the shop is open inside another site. Open it by itself.',
    unreachable: 'This page cannot be shown.',
    alone: 'This page cannot be shown from a window of its own. Open the chat in the shop.',
    rules: 'This page cannot be shown: the shop’s settings for it need mending.',
    too_large: 'This page is too large to be shown.',
    recorder: 'This page cannot be shown in this browser.',
    retry: 'Try again',
    close: 'Close',
  },
  elsewhere: 'Your page is shown in another tab.',
  ended: {
    stopped: 'Your page is not shown any more.',
    left: 'The connection was away for too long: your page is not shown any more.',
    limit: 'An hour has passed: your page is not shown any more.',
    close: 'Close',
  },
};

export type CobrowseWords = Shape<typeof en>;
