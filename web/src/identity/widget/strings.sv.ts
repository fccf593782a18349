/** Identifieringens svenska texter. */
import type { IdentityWords } from './strings.en.ts';

export const sv: IdentityWords = {
  region: 'Identifiering',
  asked: (name) => `${name} ber dig att identifiera dig`,
  purpose: {
    account: 'För att öppna eller ändra ditt kundkonto.',
    order: 'För att vi ska kunna tala om din beställning.',
    refund: 'För att kunna betala tillbaka pengar till dig.',
    payment: 'För att komma överens om en betalning.',
    contract: 'För att ingå eller ändra ett avtal.',
    age: 'För att försäkra oss om din ålder.',
    other: 'För att vara säkra på att det är du.',
  },
  note: (name) => `${name} skriver:`,
  how: 'Du identifierar dig hos din bank eller med din app. Skriv aldrig koder eller lösenord i chatten.',
  passed: (shop) => `${shop} får, krypterat, ditt namn och din personbeteckning.`,
  seen: (name) => `${name} ser ditt namn. Din personbeteckning förblir dold.`,
  left: (time) => `Tid kvar ${time}`,
  choose: 'Välj sätt',
  loading: 'Hämtar sätten…',
  none: 'Det går inte att identifiera sig här just nu. Berätta det i chatten.',
  notNow: 'Inte nu',
  waiting: {
    title: (method) => `Fortsätt: ${method}`,
    lead: 'Det fortsätter i ett eget fönster. Chatten är kvar, och resultatet kommer hit av sig självt.',
    closed: 'Fönstret verkar vara stängt. Om du blev klar där kommer resultatet hit om en stund.',
    goOn: 'Fortsätt hos banken',
    again: 'Försök igen',
  },
  blocked: {
    title: 'Fönstret blockerades',
    lead: 'Din webbläsare lät inte bankens fönster öppnas.',
    tab: 'Öppna i en ny flik',
    here: 'Öppna i den här fliken',
    hereNote:
      'I den här fliken öppnas banken i butikens ställe, och du kommer tillbaka hit efteråt.',
  },
  bankid: {
    code: 'QR-kod för appen',
    steps: [
      'Starta BankID-appen på din telefon.',
      'Välj att skanna en QR-kod.',
      'Rikta kameran mot den här koden. Den byts varje sekund.',
    ],
    open: 'Öppna BankID på den här enheten',
    orScan: 'Eller skanna koden med en annan enhet:',
    lost: 'Ingen anslutning. En ny kod kommer när den är tillbaka.',
  },
  cancel: 'Avbryt',
  elsewhere:
    'Identifieringen pågår i en annan flik eller ett annat fönster. Välj sätt för att börja här i stället.',
  failed: {
    cancelled:
      'Identifieringen avbröts och inget överfördes. Du kan försöka igen eller välja ett annat sätt.',
    refused:
      'Banken slutförde den inte och inget överfördes. Försök igen eller välj ett annat sätt.',
    expired: 'Tiden gick ut och inget överfördes. Du kan börja om.',
    unavailable: 'Tjänsten svarar inte just nu. Försök igen om en stund eller välj ett annat sätt.',
    invalid:
      'Svaret kunde inte användas och inget sparades. Försök igen eller välj ett annat sätt.',
  },
  trouble: {
    network: 'Anslutningen misslyckades. Försök igen.',
    refused: 'Det gick inte att börja. Försök igen eller välj ett annat sätt.',
  },
  retry: 'Försök igen',
  notice: {
    asked: (name) => `${name} bad dig att identifiera dig`,
    verified: (time, method) =>
      method ? `Du har identifierat dig: ${method} · ${time}` : `Du har identifierat dig · ${time}`,
    declined: 'Du identifierade dig inte',
    withdrawn: 'Begäran om identifiering togs tillbaka',
    expired: 'Tiden för identifiering gick ut. Du kan bli ombedd igen.',
  },
  confidential: 'Konfidentiellt: experter ser inte detta',
};
