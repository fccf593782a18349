/** The words of the rarer notices; they come with them, not with the chat. */
import type { Lang, Shape } from '@/i18n/index.ts';

const en = {
  expertIn: (name: string) => `${name}, an expert, joined`,
  expertOut: (name: string) => `${name} left`,
  callEnded: (time: string) => `Call ended · ${time}`,
  callUnanswered: 'The call was not answered',
  callDeclined: 'The call was declined',
  callLost: 'The call was cut off',
  pageShown: 'You began to show your page',
  pageDeclined: 'You did not show your page',
  pageEnded: (time: string) => `Page not shown any more · ${time}`,
};

type Words = Shape<typeof en>;

const fi: Words = {
  expertIn: (name) => `Asiantuntija ${name} liittyi mukaan`,
  expertOut: (name) => `${name} poistui`,
  callEnded: (time) => `Puhelu päättyi · ${time}`,
  callUnanswered: 'Puheluun ei vastattu',
  callDeclined: 'Puhelu hylättiin',
  callLost: 'Puhelu katkesi',
  pageShown: 'Aloit näyttää sivuasi',
  pageDeclined: 'Et näyttänyt sivuasi',
  pageEnded: (time) => `Sivun näyttäminen päättyi · ${time}`,
};

const sv: Words = {
  expertIn: (name) => `Experten ${name} är med`,
  expertOut: (name) => `${name} lämnade samtalet`,
  callEnded: (time) => `Samtalet slutade · ${time}`,
  callUnanswered: 'Samtalet besvarades inte',
  callDeclined: 'Samtalet avböjdes',
  callLost: 'Samtalet bröts',
  pageShown: 'Du började visa din sida',
  pageDeclined: 'Du visade inte din sida',
  pageEnded: (time) => `Sidan visas inte längre · ${time}`,
};

export const words: Record<Lang, Words> = { en, fi, sv };
