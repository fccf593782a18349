/** Widgetin suomenkieliset tekstit. */
import type { Words } from './strings.en.ts';

export const fi: Words = {
  title: 'Chat',
  you: 'Sinä',
  expert: 'asiantuntija',
  service: 'Asiakaspalvelu',
  here: (names, more) =>
    more > 0
      ? `${names} ja ${more} muuta paikalla`
      : names
        ? `${names} paikalla`
        : 'Olemme paikalla',
  away: 'Kukaan ei ole juuri nyt paikalla',
  serving: 'Palvelee sinua nyt',
  finding: 'Etsimme palvelijaa',
  connecting: 'Yhdistetään…',
  greeting: 'Hei! Miten voimme auttaa?',
  greetingMore:
    'Kirjoita meille tähän. Voit myöhemmin ottaa mukaan äänen, videon tai näyttösi; mitään ei tarvitse asentaa.',
  earlier: 'Näytä aiemmat viestit',
  newMessages: 'Uusia viestejä',
  log: 'Viestit',
  typing: (names) => `${names} kirjoittaa…`,
  typingMany: 'Useat kirjoittavat…',
  status: { sending: 'Lähetetään…', sent: 'Lähetetty', seen: 'Nähty', failed: 'Ei lähetetty' },
  retry: 'Lähetä uudelleen',
  discard: 'Poista',
  failure: {
    rate_limited: 'Liian monta viestiä kerralla. Odota hetki.',
    bad_text: 'Viesti on tyhjä tai liian pitkä.',
    bad_file: 'Liitettä ei voi enää lähettää. Liitä se uudelleen.',
    other: 'Jokin meni vikaan. Yritä uudelleen.',
  },
  auto: {
    finding_someone:
      'Kiitos, viestisi on perillä. Etsimme sinulle palvelijaa; voit sillä aikaa jatkaa selaamista.',
    offline_received: 'Kiitos! Viestisi on perillä. Vastaamme tässä ja sähköpostilla.',
  },
  event: {
    assigned: (name) => `${name} palvelee sinua nyt`,
    unassigned: 'Etsimme sinulle toista palvelijaa',
    closed: 'Keskustelu päätettiin',
  },
  composer: {
    label: 'Viesti',
    placeholder: 'Kirjoita viesti…',
    send: 'Lähetä',
    attach: 'Liitä tiedostoja',
    drop: 'Pudota tiedostot tähän',
  },
  offlineNote: 'Kukaan ei ole juuri nyt paikalla. Kirjoita, niin vastaamme palattuamme.',
  banner: {
    offline: 'Ei yhteyttä. Kirjoittamasi säilyy ja lähtee, kun yhteys palaa.',
    refused: 'Tämä keskustelu lopetettiin.',
    unavailable: 'Chatia ei voi juuri nyt avata.',
    reload: 'Avaa uudelleen',
  },
  menu: {
    label: 'Lisää',
  },
  call: {
    voice: 'Äänipuhelu',
    video: 'Videopuhelu',
    failed: 'Puhelua ei voitu avata. Yritä uudelleen.',
  },
  close: 'Sulje chat',
};
