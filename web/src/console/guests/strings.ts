/** The words of outside sources and players, which come with their dialog. */
import type { Lang } from '@/i18n';
import type { GuestKind, Standing } from './wire';

const en = {
  title: 'Outside sources and players',
  lead: 'A program joins this call by an address and a token: a camera on the shop floor or OBS by WHIP, a screen in the hall by WHEP. Everybody in the call, the customer too, sees it under its name.',
  name: 'Name',
  nameHint: 'Everybody in the call sees it, for instance “Shop floor camera”.',
  kind: 'What it may do',
  kinds: {
    publish: 'Send sound and picture into the call (WHIP)',
    play: 'Play the call (WHEP)',
  } as Record<GuestKind, string>,
  short: { publish: 'Source', play: 'Player' } as Record<GuestKind, string>,
  begins: 'It must connect within',
  beginsHint: 'Once connected it may stay until the call ends or you take the token back.',
  spans: { 15: '15 minutes', 60: '1 hour', 480: '8 hours', 1440: '24 hours' } as Record<
    number,
    string
  >,
  make: 'Make a token',
  made: (name: string) => `The token for “${name}” is made`,
  once: 'Copy both into the program now: the token is not shown again.',
  address: 'Address',
  token: 'Token',
  tokenHint: 'The program sends it as a bearer token. Who has it can join this call.',
  copyAddress: 'Copy the address',
  copyToken: 'Copy the token',
  copied: 'Copied',
  copyFailed: 'The browser does not let us copy. Copy it by hand.',
  another: 'Make another',
  list: 'Tokens of this call',
  loading: 'Loading the tokens…',
  nobody: 'None yet.',
  standings: {
    here: 'In the call now',
    awaited: 'Not connected',
    expired: 'Expired',
    revoked: 'Taken back',
  } as Record<Standing, string>,
  left: (minutes: number) =>
    minutes < 90
      ? `${minutes} min left to connect`
      : `${Math.round(minutes / 60)} h left to connect`,
  by: (name: string) => `made by ${name}`,
  revoke: 'Take back',
  revokeOf: (name: string) => `Take back the token of ${name}`,
  over: 'The call is over, and its tokens with it.',
  private: 'The call is private now: no outside source or player gets in.',
  close: 'Close',
  retry: 'Try again',
  errors: {
    bad_text: 'Write a name of one line, at most 60 characters.',
    no_call: 'The call is over, and its tokens with it.',
    call_full: 'A call has at most 20 tokens.',
    forbidden: 'Only a supervisor lets outside sources and players in.',
    network: 'The server cannot be reached. Check your network and try again.',
    other: 'That did not work. Try again; if it goes on, tell your administrator.',
  },
};

export type GuestWords = typeof en;

const fi: GuestWords = {
  title: 'Ulkoiset lähteet ja toistimet',
  lead: 'Ohjelma liittyy tähän puheluun osoitteella ja tunnuksella: myymälän kamera tai OBS WHIP-yhteydellä, aulan näyttö WHEP-yhteydellä. Kaikki puhelussa olevat, myös asiakas, näkevät sen nimellään.',
  name: 'Nimi',
  nameHint: 'Kaikki puhelussa näkevät sen, esimerkiksi ”Myymälän kamera”.',
  kind: 'Mitä se saa tehdä',
  kinds: {
    publish: 'Lähettää ääntä ja kuvaa puheluun (WHIP)',
    play: 'Toistaa puhelua (WHEP)',
  },
  short: { publish: 'Lähde', play: 'Toistin' },
  begins: 'Tunnus on otettava käyttöön',
  beginsHint: 'Alkanut yhteys jatkuu, kunnes puhelu päättyy tai perut tunnuksen.',
  spans: {
    15: '15 minuutin kuluessa',
    60: 'tunnin kuluessa',
    480: '8 tunnin kuluessa',
    1440: 'vuorokauden kuluessa',
  },
  make: 'Tee tunnus',
  made: (name) => `Tunnus on tehty: ”${name}”`,
  once: 'Kopioi molemmat ohjelmaan nyt: tunnusta ei näytetä uudelleen.',
  address: 'Osoite',
  token: 'Tunnus',
  tokenHint: 'Ohjelma lähettää sen bearer-tunnuksena. Se, jolla tunnus on, voi liittyä puheluun.',
  copyAddress: 'Kopioi osoite',
  copyToken: 'Kopioi tunnus',
  copied: 'Kopioitu',
  copyFailed: 'Selain ei anna kopioida. Kopioi käsin.',
  another: 'Tee toinen',
  list: 'Tämän puhelun tunnukset',
  loading: 'Haetaan tunnuksia…',
  nobody: 'Ei vielä yhtään.',
  standings: {
    here: 'Puhelussa nyt',
    awaited: 'Ei yhteydessä',
    expired: 'Vanhentunut',
    revoked: 'Peruttu',
  },
  left: (minutes) =>
    minutes < 90 ? `aikaa yhdistää ${minutes} min` : `aikaa yhdistää ${Math.round(minutes / 60)} h`,
  by: (name) => `tekijä ${name}`,
  revoke: 'Peru',
  revokeOf: (name) => `Peru tunnus: ${name}`,
  over: 'Puhelu on päättynyt, samoin sen tunnukset.',
  private: 'Puhelu on nyt yksityinen: ulkoinen lähde tai toistin ei pääse mukaan.',
  close: 'Sulje',
  retry: 'Yritä uudelleen',
  errors: {
    bad_text: 'Kirjoita yksirivinen nimi, enintään 60 merkkiä.',
    no_call: 'Puhelu on päättynyt, samoin sen tunnukset.',
    call_full: 'Puhelulla on enintään 20 tunnusta.',
    forbidden: 'Vain esihenkilö päästää ulkoiset lähteet ja toistimet puheluun.',
    network: 'Palvelimeen ei saada yhteyttä. Tarkista verkko ja yritä uudelleen.',
    other: 'Se ei onnistunut. Yritä uudelleen; jos vika jatkuu, kerro ylläpitäjälle.',
  },
};

const sv: GuestWords = {
  title: 'Externa källor och spelare',
  lead: 'Ett program ansluter till samtalet med en adress och en nyckel: en kamera i butiken eller OBS med WHIP, en skärm i hallen med WHEP. Alla i samtalet, också kunden, ser det under dess namn.',
  name: 'Namn',
  nameHint: 'Alla i samtalet ser det, till exempel ”Kameran i butiken”.',
  kind: 'Vad det får göra',
  kinds: {
    publish: 'Sända ljud och bild till samtalet (WHIP)',
    play: 'Spela upp samtalet (WHEP)',
  },
  short: { publish: 'Källa', play: 'Spelare' },
  begins: 'Det måste ansluta inom',
  beginsHint:
    'Det som har anslutit får vara kvar tills samtalet slutar eller du tar tillbaka nyckeln.',
  spans: { 15: '15 minuter', 60: '1 timme', 480: '8 timmar', 1440: '24 timmar' },
  make: 'Gör en nyckel',
  made: (name) => `Nyckeln för ”${name}” är gjord`,
  once: 'Kopiera båda till programmet nu: nyckeln visas inte igen.',
  address: 'Adress',
  token: 'Nyckel',
  tokenHint: 'Programmet sänder den som bearer token. Den som har den kan ansluta till samtalet.',
  copyAddress: 'Kopiera adressen',
  copyToken: 'Kopiera nyckeln',
  copied: 'Kopierad',
  copyFailed: 'Webbläsaren låter oss inte kopiera. Kopiera för hand.',
  another: 'Gör en till',
  list: 'Samtalets nycklar',
  loading: 'Hämtar nycklarna…',
  nobody: 'Inga än.',
  standings: {
    here: 'I samtalet nu',
    awaited: 'Inte ansluten',
    expired: 'Har gått ut',
    revoked: 'Tillbakatagen',
  },
  left: (minutes) =>
    minutes < 90
      ? `${minutes} min kvar att ansluta`
      : `${Math.round(minutes / 60)} h kvar att ansluta`,
  by: (name) => `gjord av ${name}`,
  revoke: 'Ta tillbaka',
  revokeOf: (name) => `Ta tillbaka nyckeln för ${name}`,
  over: 'Samtalet är över, och dess nycklar med det.',
  private: 'Samtalet är privat nu: ingen extern källa eller spelare släpps in.',
  close: 'Stäng',
  retry: 'Försök igen',
  errors: {
    bad_text: 'Skriv ett namn på en rad, högst 60 tecken.',
    no_call: 'Samtalet är över, och dess nycklar med det.',
    call_full: 'Ett samtal har högst 20 nycklar.',
    forbidden: 'Bara en arbetsledare släpper in externa källor och spelare.',
    network: 'Servern kan inte nås. Kontrollera nätverket och försök igen.',
    other: 'Det gick inte. Försök igen; om det fortsätter, kontakta administratören.',
  },
};

export const GUESTS: Record<Lang, GuestWords> = { en, fi, sv };
