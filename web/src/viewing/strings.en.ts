/** The words of looking at a shopper's page, in English; the shape of the other languages. */
import type { Shape } from '@/i18n/index.ts';

const plural = (n: number, one: string, many: string) => (n === 1 ? `1 ${one}` : `${n} ${many}`);

export const en = {
  region: 'The customer’s page',
  frame: 'The customer’s page as they see it',
  opening: 'Opening the customer’s page…',
  failed: 'The page could not be opened here. Check your network and try again.',
  lost: 'No connection. Trying again…',
  full: 'Three people look at this page already. Try again when one of them has left.',
  refused: 'You may not look at this page any more.',
  retry: 'Try again',
  on: 'You see the page as it is now.',
  between: 'The customer is between two pages, or their connection broke.',
  noPage: 'No page yet',
  size: (width: number, height: number) => `The customer’s window: ${width} × ${height}`,
  percent: (scale: number) => `${Math.round(scale * 100)} %`,
  viewers: 'Who looks',
  you: 'You',
  enlarge: 'Make it larger',
  shrink: 'Make it smaller',
  leave: 'Stop looking',
  leaveHint: 'Only you; the customer goes on showing.',
  end: 'End',
  endHint: 'End for everybody',

  tools: 'What your pointer does',
  tool: {
    none: 'Look',
    laser: 'Point',
    pen: 'Draw',
    highlight: 'Frame a part',
    control: 'Do it for them',
  },
  clear: 'Wipe my marks',
  follow: 'Scroll with the customer',

  hidden: (fields: number, texts: number, blocks: number) => {
    const parts = [
      fields && plural(fields, 'field', 'fields'),
      texts && plural(texts, 'text', 'texts'),
      blocks && plural(blocks, 'part', 'parts'),
    ].filter(Boolean);
    if (parts.length === 0) return 'Nothing on this page had to be hidden.';
    const last = parts.pop();
    const all = parts.length > 0 ? `${parts.join(', ')} and ${last}` : `${last}`;
    return `${all} ${fields + texts + blocks === 1 ? 'is' : 'are'} hidden.`;
  },
  kept: 'No recording is kept.',

  control: {
    ask: 'Ask for control',
    waiting: 'Asked for control. The customer decides.',
    takeBack: 'Take back',
    other: (name: string) => `${name} has asked for control.`,
    held: (name: string) => `${name} has control.`,
    granted: (what: string) => `You may ${what}`,
    caps: { scroll: 'scroll', click: 'click', fill: 'fill in' },
    and: ' and ',
    left: (time: string) => `${time} left`,
    letGo: 'Let go',
    declined: 'The customer wants to do it themselves.',
    unanswered: 'The customer did not answer.',
    revoked: 'The customer took control back.',
    expired: 'The time for control is over.',
    gone: 'Control ended, because your connection broke.',
  },

  outcome: {
    no_grant: 'You have no leave for that.',
    stale: 'The page has just changed. Look again and repeat it.',
    gone: 'That part is not on the page any more.',
    covered: 'Something covers that spot.',
    sensitive: 'This field is only for the customer.',
    refused: 'Submitting, paying and files stay the customer’s.',
    shopper_busy: 'The customer is using the page. Wait a moment.',
    rate_limited: 'That was too fast. Wait a moment.',
    too_late: 'The customer’s browser is not connected.',
    filled: 'Filled in.',
  },

  player: {
    curtain: {
      page: 'The customer is on a page that is not shown, such as paying.',
      shopper: 'The customer has paused.',
      identity: 'The customer is proving who they are.',
      hidden: 'The customer is looking at something else.',
    },
    waiting: 'Waiting for the customer’s page…',
    away: 'The customer is between two pages, or their connection broke.',
    fill: 'Text for this field',
    fillSend: 'Fill in',
  },
};

export type ViewingWords = Shape<typeof en>;
