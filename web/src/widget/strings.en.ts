/** The widget in English; the other languages have the same keys (`Shape`). */
import type { Shape } from '@/i18n/index.ts';

export const en = {
  title: 'Chat',
  you: 'You',
  expert: 'expert',
  service: 'Customer service',
  here: (names: string, more: number) =>
    more > 0
      ? `${names} and ${more} more are here`
      : names
        ? `${names} here now`
        : 'We are here now',
  away: 'Nobody is here right now',
  serving: 'Serving you now',
  finding: 'Finding a person for you',
  connecting: 'Connecting…',
  greeting: 'Hello! How can we help?',
  greetingMore:
    'Write to us here. You can add voice, video or your screen later, with nothing to install.',
  earlier: 'Show earlier messages',
  newMessages: 'New messages',
  log: 'Messages',
  typing: (names: string) => `${names} is writing…`,
  typingMany: 'Several people are writing…',
  status: { sending: 'Sending…', sent: 'Sent', seen: 'Seen', failed: 'Not sent' },
  retry: 'Send again',
  discard: 'Delete',
  failure: {
    rate_limited: 'Too many messages at once. Wait a moment.',
    bad_text: 'The message is empty or too long.',
    bad_file: 'An attachment cannot be sent any more. Attach it again.',
    other: 'Something went wrong. Try again.',
  },
  auto: {
    finding_someone:
      'Thank you, we have your message. We are finding a person for you; you can go on browsing.',
    offline_received: 'Thank you! Your message has reached us. We answer here and by e-mail.',
  },
  event: {
    assigned: (name: string) => `${name} serves you now`,
    unassigned: 'We are finding another person for you',
    closed: 'The conversation was closed',
  },
  composer: {
    label: 'Message',
    placeholder: 'Write a message…',
    send: 'Send',
    attach: 'Attach files',
    drop: 'Drop the files here',
  },
  offlineNote: 'Nobody is here right now. Write, and we answer when we are back.',
  banner: {
    offline: 'No connection. What you write is kept and sent when the connection is back.',
    refused: 'This chat was ended.',
    unavailable: 'The chat cannot be opened right now.',
    reload: 'Open again',
  },
  menu: {
    label: 'More',
  },
  call: {
    voice: 'Voice call',
    video: 'Video call',
    failed: 'The call could not be opened. Try again.',
  },
  close: 'Close chat',
};

export type Words = Shape<typeof en>;
