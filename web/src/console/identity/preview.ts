/** The request as the shopper reads it, in each of their languages, for whoever writes it. */
import type { Lang } from '@/i18n';
import type { Purpose } from './ask';

export interface Preview {
  asks: (agent: string) => string;
  purposes: Record<Purpose, string>;
  passed: string;
  choose: string;
  later: string;
}

export const PREVIEWS: Readonly<Record<Lang, Preview>> = {
  en: {
    asks: (agent) => `${agent} asks you to prove who you are`,
    purposes: {
      account: 'To help with your account.',
      order: 'To help with your order.',
      refund: 'To make a refund.',
      payment: 'To help with a payment.',
      contract: 'To make or change a contract.',
      age: 'To check your age.',
      other: '',
    },
    passed:
      'Your name and personal identity code are passed on encrypted. The agent sees your name.',
    choose: 'Choose your bank…',
    later: 'Not now',
  },
  fi: {
    asks: (agent) => `${agent} pyytää sinua tunnistautumaan`,
    purposes: {
      account: 'Asiakastiliäsi varten.',
      order: 'Tilaustasi varten.',
      refund: 'Palautusta varten.',
      payment: 'Maksua varten.',
      contract: 'Sopimusta varten.',
      age: 'Ikäsi tarkistamista varten.',
      other: '',
    },
    passed: 'Nimesi ja henkilötunnuksesi välitetään salattuina. Asiakaspalvelija näkee nimesi.',
    choose: 'Valitse pankkisi…',
    later: 'Ei nyt',
  },
  sv: {
    asks: (agent) => `${agent} ber dig identifiera dig`,
    purposes: {
      account: 'För ditt kundkonto.',
      order: 'För din beställning.',
      refund: 'För en återbetalning.',
      payment: 'För en betalning.',
      contract: 'För ett avtal.',
      age: 'För att kontrollera din ålder.',
      other: '',
    },
    passed: 'Ditt namn och din personbeteckning förmedlas krypterade. Kundtjänsten ser ditt namn.',
    choose: 'Välj din bank…',
    later: 'Inte nu',
  },
};
