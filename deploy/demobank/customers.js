/**
 * Whom the demo bank knows: three test customers and the ways in which they identify themselves.
 *
 * Nobody has these codes. The individual numbers 900 to 999 of Finnish codes are given to no person
 * (Digital and Population Data Services Agency), and the Norwegian ones have 80 added to the month,
 * as the synthetic people of the Norwegian Tax Administration's test register have.
 */

const FINNISH_CHECKS = '0123456789ABCDEFHJKLMNPRSTUVWXY';

/** The ways of proving who one is, by the `acr` that a shop asks for and an answer carries. */
export const METHODS = {
  'urn:tiski:demo:a': { name: 'Demo Bank A', country: 'FI', amr: ['pin', 'hwk'] },
  'urn:tiski:demo:b': { name: 'Demo Bank B', country: 'FI', amr: ['pin', 'face', 'hwk'] },
  'urn:tiski:demo:nordic': { name: 'Demo Bank Nordic', country: 'NO', amr: ['pin', 'hwk'] },
};

export const CUSTOMERS = [
  customer('one', 'One', '1952-10-13', 900),
  customer('two', 'Two', '1988-02-01', 901),
  customer('three', 'Three', '2003-12-24', 902),
];

/** The customer's personal identity code of `country`. */
export function codeOf(customer, country) {
  return country === 'NO' ? customer.norwegian : customer.finnish;
}

/** What a broker of the Finnish Trust Network, or a Norwegian one, says of somebody. */
export function claimsOf(customer, country) {
  const code =
    country === 'NO'
      ? { nin: customer.norwegian, nin_type: 'PERSON', nin_issuing_country: 'NO' }
      : { 'urn:oid:1.2.246.21': customer.finnish };
  return {
    ...code,
    name: `${customer.given} ${customer.family}`,
    given_name: customer.given,
    family_name: customer.family,
    birthdate: customer.birthdate,
  };
}

/** Every claim that `claimsOf` may give. */
export const CLAIMS = [
  ...new Set(['FI', 'NO'].flatMap((country) => Object.keys(claimsOf(CUSTOMERS[0], country)))),
];

function customer(id, family, birthdate, number) {
  const given = 'Test Customer';
  return {
    id,
    given,
    family,
    birthdate,
    finnish: finnishCode(birthdate, number),
    norwegian: norwegianCode(birthdate),
  };
}

/** A Finnish personal identity code: ddmmyy, a sign of the century, a number, a check character. */
export function finnishCode(birthdate, number) {
  const [year, month, day] = birthdate.split('-');
  const digits = `${day}${month}${year.slice(2)}${number}`;
  const century = year < '2000' ? '-' : 'A';
  return `${digits.slice(0, 6)}${century}${number}${FINNISH_CHECKS[Number(digits) % 31]}`;
}

/** A synthetic Norwegian code: ddmmyy with 80 added to mm, a number, two check digits (mod 11). */
export function norwegianCode(birthdate) {
  const [year, month, day] = birthdate.split('-');
  const date = `${day}${Number(month) + 80}${year.slice(2)}`;
  const first = year < '2000' ? 100 : 600; // the number's range tells the century
  for (let number = first; ; number++) {
    const one = mod11(`${date}${number}`, [3, 7, 6, 1, 8, 9, 4, 5, 2]);
    const two = mod11(`${date}${number}${one}`, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]);
    if (one < 10 && two < 10) return `${date}${number}${one}${two}`; // else nobody has the number
  }
}

function mod11(digits, weights) {
  const sum = weights.reduce((total, weight, place) => total + weight * Number(digits[place]), 0);
  return (11 - (sum % 11)) % 11;
}
