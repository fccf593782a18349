/** The words of attached files; they come with the list, not with the chat. */
import type { Lang, Shape } from '@/i18n/index.ts';

const en = {
  uploading: (name: string) => `Sending ${name}`,
  remove: (name: string) => `Remove ${name}`,
  tooLarge: 'Larger than 15 MB',
  badType: 'This kind of file cannot be sent',
  failed: 'Sending failed',
  retry: 'Try again',
  tooMany: (max: number) => `At most ${max} files in one message.`,
};

type Words = Shape<typeof en>;

const fi: Words = {
  uploading: (name) => `Lähetetään ${name}`,
  remove: (name) => `Poista ${name}`,
  tooLarge: 'Yli 15 Mt',
  badType: 'Tällaista tiedostoa ei voi lähettää',
  failed: 'Lähetys ei onnistunut',
  retry: 'Yritä uudelleen',
  tooMany: (max) => `Enintään ${max} tiedostoa viestissä.`,
};

const sv: Words = {
  uploading: (name) => `Skickar ${name}`,
  remove: (name) => `Ta bort ${name}`,
  tooLarge: 'Större än 15 MB',
  badType: 'En sådan fil kan inte skickas',
  failed: 'Det gick inte att skicka',
  retry: 'Försök igen',
  tooMany: (max) => `Högst ${max} filer i ett meddelande.`,
};

export const words: Record<Lang, Words> = { en, fi, sv };
