/** The words of the menu; they come with it, not with the chat. */
import type { Lang, Shape } from '@/i18n/index.ts';

const en = {
  mute: 'Turn sound off',
  unmute: 'Turn sound on',
  screen: 'Share your screen',
};

type Words = Shape<typeof en>;

const fi: Words = {
  mute: 'Sulje äänet',
  unmute: 'Avaa äänet',
  screen: 'Jaa näyttösi',
};

const sv: Words = {
  mute: 'Stäng av ljudet',
  unmute: 'Sätt på ljudet',
  screen: 'Dela din skärm',
};

export const words: Record<Lang, Words> = { en, fi, sv };
