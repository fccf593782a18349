/** The words of sent files; they come with the first one, not with the chat. */
import type { Lang, Shape } from '@/i18n/index.ts';

const en = {
  open: (name: string) => `Open the picture ${name}`,
  download: (name: string) => `Download ${name}`,
};

type Words = Shape<typeof en>;

const fi: Words = {
  open: (name) => `Avaa kuva ${name}`,
  download: (name) => `Lataa ${name}`,
};

const sv: Words = {
  open: (name) => `Öppna bilden ${name}`,
  download: (name) => `Ladda ner ${name}`,
};

export const words: Record<Lang, Words> = { en, fi, sv };
