/** Whether a button's words say that it pays or places the order. Pure; fi, sv, en, whole words. */

const WORDS = [
  'pay( (now|with|by|securely)( .*)?)?',
  'paypal',
  'klarna',
  'mobilepay',
  'swish',
  '(apple|google) ?pay',
  '(place|submit|send|complete|confirm) (my |your |the )?(order|purchase|payment)',
  '(order|buy) now',
  'order (and|with) (obligation to )?pay',
  'maksa( .*)?',
  '(siirry |jatka )maksamaan',
  '(lähetä|vahvista|tee|viimeistele) (tilaus|osto|maksu)',
  'tilaa( nyt| ja maksa)?',
  'osta heti',
  'betala( .*)?',
  '(till|gå till) betalning',
  '(skicka|bekräfta|slutför|lägg) (din |ditt )?(beställning|köp|order|betalning)(en|et)?',
  'beställ( nu)?',
  'köp nu',
];

const PAYS = new RegExp(`^(${WORDS.join('|')})$`, 'iu');
/** An amount, marks and blanks around the words: "Pay €129.00 ›". */
const TRIMMED = /[\d.,:€$£\u00a0]|\b(eur|sek|usd|kr)\b|[^\p{L}\s]/giu;

export function pays(name: string): boolean {
  return PAYS.test(name.replace(TRIMMED, ' ').replace(/\s+/g, ' ').trim());
}
