/**
 * What a pending BankID order asks of the person, by BankID's hint code, in our own plain words.
 * How an order failed comes as the reason of the attempt. Source: BankID's documentation for
 * relying parties, "collect" and "user messages" (RFA1, RFA9, RFA14, RFA21, RFA23).
 */
import type { Lang } from '@/i18n/index.ts';

type Hint = 'outstandingTransaction' | 'started' | 'userSign' | 'userMrtd' | 'processing' | 'other';

const WORDS: Record<Lang, Record<Hint, string>> = {
  en: {
    outstandingTransaction: 'Waiting for your BankID app.',
    started: 'The app looks for your BankID. If it takes long, you may have none on that device.',
    userSign: 'Check in the app who asks, then confirm with your security code.',
    userMrtd: 'Read your passport or identity card with the app.',
    processing: 'Almost done.',
    other: 'Identification is under way.',
  },
  fi: {
    outstandingTransaction: 'Odotetaan BankID-sovellustasi.',
    started: 'Sovellus etsii BankID:täsi. Jos se kestää, sitä ei ehkä ole sillä laitteella.',
    userSign: 'Tarkista sovelluksesta, kuka kysyy, ja vahvista turvakoodillasi.',
    userMrtd: 'Lue passisi tai henkilökorttisi sovelluksella.',
    processing: 'Melkein valmista.',
    other: 'Tunnistautuminen on käynnissä.',
  },
  sv: {
    outstandingTransaction: 'Väntar på din BankID-app.',
    started: 'Appen söker efter ditt BankID. Tar det lång tid saknas det kanske på den enheten.',
    userSign: 'Kontrollera i appen vem som frågar och bekräfta med din säkerhetskod.',
    userMrtd: 'Läs av ditt pass eller nationella id-kort med appen.',
    processing: 'Nästan klart.',
    other: 'Identifiering pågår.',
  },
};

/** The words of a hint code; BankID may send new ones at any time. Empty: none came yet. */
export function hintWords(hint: string | null | undefined, lang: Lang): string {
  if (!hint) return '';
  const words = WORDS[lang];
  if (hint === 'noClient') return words.outstandingTransaction; // no app was opened yet, either
  return Object.hasOwn(words, hint) ? words[hint as Hint] : words.other;
}
