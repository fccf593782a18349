import { expect, test } from 'vitest';
import { pays } from './paying.ts';

test.each([
  'Pay',
  'PAY NOW',
  'Pay €129.00',
  'Pay 129,00 EUR ›',
  'Pay with card',
  'PayPal',
  'Google Pay',
  'Place order',
  'Confirm your order',
  'Buy now',
  'Maksa',
  'Maksa 129,00 €',
  'Siirry maksamaan',
  'Vahvista tilaus',
  'Tilaa ja maksa',
  'Betala 499 kr',
  'Slutför köp',
  'Skicka beställning',
  'Köp nu',
])('%s pays', (name) => expect(pays(name)).toBe(true));

test.each([
  'Add to cart',
  'Lisää ostoskoriin',
  'Lägg i varukorgen',
  'Payment methods',
  'Show delivery options',
  'Maksutavat',
  'Tilauksen tiedot',
  'Tilaa uutiskirje',
  'Betalningssätt',
  'Next',
  'Company',
  '',
  '+',
])('%s does not', (name) => expect(pays(name)).toBe(false));
