/** The keyboard's words in English; the other languages have the same keys. */
import type { Shape } from '@/i18n';

export const keysEn = {
  title: 'Keyboard shortcuts',
  lead: 'Single keys act when no text field has the focus. Esc leaves a field.',
  single: 'Use single-key shortcuts',
  change: (action: string) => `Change the key: ${action}`,
  press: 'Press a key…',
  off: 'off',
  turnOff: (action: string) => `Turn the key off: ${action}`,
  reset: 'Back to the defaults',
  fixed: 'In the composer',
  enter: 'Send',
  newline: 'New line',
  slash: 'Canned replies',
  escape: 'Leave the field',
  actions: {
    next: 'Next conversation',
    previous: 'Previous conversation',
    waiting: 'Show waiting',
    mine: 'Show mine',
    all: 'Show all open',
    closed: 'Show closed',
    unread: 'Unread only, on or off',
    search: 'Search closed conversations',
    accept: 'Accept, or accept the longest waiting',
    reply: 'Write a reply',
    note: 'Write a note',
    handback: 'Hand back to the queue',
    transfer: 'Transfer to a colleague',
    close: 'Close the conversation',
    reopen: 'Reopen the conversation',
    invite: 'Invite an expert',
    cobrowse: 'See the customer’s page',
    identity: 'Ask who they are (bank ID)',
    context: 'Customer details, show or hide',
    available: 'Available or away',
    help: 'Keyboard shortcuts',
    commands: 'Search and commands',
  },
};

export type KeysStrings = Shape<typeof keysEn>;
