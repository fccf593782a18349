/** The words of the form for a message; they come with it, not with the chat. */
import type { Lang, Shape } from '@/i18n/index.ts';

const en = {
  title: 'Leave us a message',
  lead: 'Nobody is here right now. We answer as soon as we are back, by e-mail and here.',
  name: 'Name',
  email: 'E-mail',
  message: 'Message',
  submit: 'Send message',
  needName: 'Tell us your name.',
  needEmail: 'Write your e-mail address, for example name@example.com.',
  needMessage: 'Write your message.',
};

type Words = Shape<typeof en>;

const fi: Words = {
  title: 'Jätä meille viesti',
  lead: 'Kukaan ei ole juuri nyt paikalla. Vastaamme heti palattuamme, sähköpostilla ja tässä.',
  name: 'Nimi',
  email: 'Sähköposti',
  message: 'Viesti',
  submit: 'Lähetä viesti',
  needName: 'Kerro nimesi.',
  needEmail: 'Kirjoita sähköpostiosoitteesi, esimerkiksi nimi@example.com.',
  needMessage: 'Kirjoita viestisi.',
};

const sv: Words = {
  title: 'Lämna ett meddelande',
  lead: 'Ingen är här just nu. Vi svarar så snart vi är tillbaka, per e-post och här.',
  name: 'Namn',
  email: 'E-post',
  message: 'Meddelande',
  submit: 'Skicka meddelandet',
  needName: 'Berätta ditt namn.',
  needEmail: 'Skriv din e-postadress, till exempel namn@example.com.',
  needMessage: 'Skriv ditt meddelande.',
};

export const words: Record<Lang, Words> = { en, fi, sv };
