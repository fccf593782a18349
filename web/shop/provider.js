/** Stands in for a payment service's frame: another origin, another look, and no payment. */
const texts = {
  en: [
    'Card number',
    'Valid until',
    'Security code',
    'Pay',
    'Declined, of course: this is a demo.',
  ],
  fi: ['Kortin numero', 'Voimassa', 'Turvakoodi', 'Maksa', 'Hylätty tietenkin: tämä on esittely.'],
  sv: [
    'Kortnummer',
    'Giltigt till',
    'Säkerhetskod',
    'Betala',
    'Nekad förstås: det här är en demo.',
  ],
};
const lang = new URLSearchParams(location.search).get('lang');
const [number, until, security, pay, declined] = texts[lang] ?? texts.en;
document.documentElement.lang = lang ?? 'en';

for (const [text, autocomplete] of [
  [number, 'cc-number'],
  [until, 'cc-exp'],
  [security, 'cc-csc'],
]) {
  const label = document.createElement('label');
  const input = document.createElement('input');
  input.autocomplete = autocomplete;
  input.inputMode = 'numeric';
  label.append(text, input);
  document.body.append(label);
}
const button = document.createElement('button');
button.textContent = pay;
const told = document.createElement('p');
told.role = 'status';
button.onclick = () => {
  told.textContent = declined;
};
document.body.append(button, told);
