/** Widgetens texter på svenska. */
import type { Words } from './strings.en.ts';

export const sv: Words = {
  title: 'Chatt',
  you: 'Du',
  expert: 'expert',
  service: 'Kundtjänst',
  here: (names, more) =>
    more > 0 ? `${names} och ${more} till är här` : names ? `${names} är här nu` : 'Vi är här nu',
  away: 'Ingen är här just nu',
  serving: 'Betjänar dig nu',
  finding: 'Vi söker någon åt dig',
  connecting: 'Ansluter…',
  greeting: 'Hej! Hur kan vi hjälpa dig?',
  greetingMore:
    'Skriv till oss här. Du kan sedan ta med röst, video eller din skärm, utan att installera något.',
  earlier: 'Visa tidigare meddelanden',
  newMessages: 'Nya meddelanden',
  log: 'Meddelanden',
  typing: (names) => `${names} skriver…`,
  typingMany: 'Flera skriver…',
  status: { sending: 'Skickas…', sent: 'Skickat', seen: 'Sett', failed: 'Inte skickat' },
  retry: 'Skicka igen',
  discard: 'Ta bort',
  failure: {
    rate_limited: 'För många meddelanden på en gång. Vänta en stund.',
    bad_text: 'Meddelandet är tomt eller för långt.',
    bad_file: 'En bilaga kan inte längre skickas. Bifoga den igen.',
    other: 'Något gick fel. Försök igen.',
  },
  auto: {
    finding_someone:
      'Tack, vi har fått ditt meddelande. Vi söker någon åt dig; du kan surfa vidare under tiden.',
    offline_received: 'Tack! Ditt meddelande har nått oss. Vi svarar här och per e-post.',
  },
  event: {
    assigned: (name) => `${name} betjänar dig nu`,
    unassigned: 'Vi söker någon annan åt dig',
    closed: 'Samtalet avslutades',
  },
  composer: {
    label: 'Meddelande',
    placeholder: 'Skriv ett meddelande…',
    send: 'Skicka',
    attach: 'Bifoga filer',
    drop: 'Släpp filerna här',
  },
  offlineNote: 'Ingen är här just nu. Skriv, så svarar vi när vi är tillbaka.',
  banner: {
    offline: 'Ingen anslutning. Det du skriver sparas och skickas när anslutningen är tillbaka.',
    refused: 'Den här chatten avslutades.',
    unavailable: 'Chatten kan inte öppnas just nu.',
    reload: 'Öppna igen',
  },
  menu: {
    label: 'Mer',
  },
  call: {
    voice: 'Röstsamtal',
    video: 'Videosamtal',
    failed: 'Samtalet kunde inte öppnas. Försök igen.',
  },
  close: 'Stäng chatten',
};
