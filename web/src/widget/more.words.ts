/** The words of the menu; they come with it, not with the chat. */
import type { Lang, Shape } from '@/i18n/index.ts';

const en = {
  mute: 'Turn sound off',
  unmute: 'Turn sound on',
  screen: 'Share your screen',
  page: 'Show this page',
};

type Words = Shape<typeof en>;

const fi: Words = {
  mute: 'Sulje äänet',
  unmute: 'Avaa äänet',
  screen: 'Jaa näyttösi',
  page: 'Näytä tämä sivu',
};

const sv: Words = {
  mute: 'Stäng av ljudet',
  unmute: 'Sätt på ljudet',
  screen: 'Dela din skärm',
  page: 'Visa den här sidan',
};

export const words: Record<Lang, Words> = { en, fi, sv };
