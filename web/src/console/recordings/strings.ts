/** The words of recordings in the console. */
import type { Lang } from '@/i18n';

const en = {
  title: 'Recordings',
  of: (when: string) => `Recording of ${when}`,
  running: 'It goes on',
  waiting: 'Waits to be composed',
  composing: (percent: number) => `Being composed: ${percent} %`,
  failed: 'It could not be composed',
  erased: 'Erased',
  erases: (when: string) => `Erased by itself on ${when}`,
  marks: 'What happened',
  failedToLoad: 'The recordings could not be loaded.',
  retry: 'Try again',
};

export type RecordingWords = typeof en;

const fi: RecordingWords = {
  title: 'Tallenteet',
  of: (when) => `Tallenne ${when}`,
  running: 'Tallennus jatkuu',
  waiting: 'Odottaa koostamista',
  composing: (percent) => `Koostetaan: ${percent} %`,
  failed: 'Koostaminen ei onnistunut',
  erased: 'Poistettu',
  erases: (when) => `Poistuu itsestään ${when}`,
  marks: 'Mitä tapahtui',
  failedToLoad: 'Tallenteita ei voitu ladata.',
  retry: 'Yritä uudelleen',
};

const sv: RecordingWords = {
  title: 'Inspelningar',
  of: (when) => `Inspelning ${when}`,
  running: 'Inspelningen pågår',
  waiting: 'Väntar på att sättas ihop',
  composing: (percent) => `Sätts ihop: ${percent} %`,
  failed: 'Den kunde inte sättas ihop',
  erased: 'Raderad',
  erases: (when) => `Raderas av sig själv ${when}`,
  marks: 'Vad som hände',
  failedToLoad: 'Inspelningarna kunde inte hämtas.',
  retry: 'Försök igen',
};

export const RECORDINGS: Record<Lang, RecordingWords> = { en, fi, sv };
