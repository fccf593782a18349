/** Tunnistautumisen suomenkieliset tekstit. */
import type { IdentityWords } from './strings.en.ts';

export const fi: IdentityWords = {
  region: 'Tunnistautuminen',
  asked: (name) => `${name} pyytää sinua tunnistautumaan`,
  purpose: {
    account: 'Asiakastilisi avaamista tai muuttamista varten.',
    order: 'Jotta voidaan puhua tilauksestasi.',
    refund: 'Jotta sinulle voidaan palauttaa rahaa.',
    payment: 'Maksusta sopimista varten.',
    contract: 'Sopimuksen tekemistä tai muuttamista varten.',
    age: 'Ikäsi varmistamista varten.',
    other: 'Jotta voidaan olla varmoja, että se olet sinä.',
  },
  note: (name) => `${name} kirjoittaa:`,
  how: 'Tunnistaudut pankissasi tai sovelluksellasi. Älä koskaan kirjoita tunnuksia tai salasanoja chattiin.',
  passed: (shop) => `${shop} saa salattuna nimesi ja henkilötunnuksesi.`,
  seen: (name) => `${name} näkee nimesi. Henkilötunnuksesi pysyy piilossa.`,
  left: (time) => `Aikaa jäljellä ${time}`,
  choose: 'Valitse tapa',
  loading: 'Haetaan tapoja…',
  none: 'Tunnistautua ei voi juuri nyt. Kerro siitä chatissa.',
  notNow: 'Ei nyt',
  waiting: {
    title: (method) => `Jatka: ${method}`,
    lead: 'Tunnistautuminen jatkuu omassa ikkunassaan. Chat pysyy auki, ja tulos tulee tähän itsestään.',
    closed:
      'Ikkuna näyttää olevan kiinni. Jos teit kaiken loppuun, tulos tulee tähän hetken päästä.',
    goOn: 'Jatka pankissa',
    again: 'Yritä uudelleen',
  },
  blocked: {
    title: 'Ikkuna estettiin',
    lead: 'Selaimesi ei päästänyt pankin ikkunaa auki.',
    tab: 'Avaa uudessa välilehdessä',
    here: 'Avaa tässä välilehdessä',
    hereNote: 'Tässä välilehdessä pankki avautuu kaupan tilalle, ja palaat lopuksi tänne.',
  },
  bankid: {
    code: 'QR-koodi sovellukselle',
    steps: [
      'Avaa BankID-sovellus puhelimessasi.',
      'Valitse QR-koodin skannaus.',
      'Osoita kameralla tätä koodia. Se vaihtuu joka sekunti.',
    ],
    open: 'Avaa BankID tällä laitteella',
    orScan: 'Tai skannaa koodi toisella laitteella:',
    lost: 'Ei yhteyttä. Uusi koodi tulee, kun yhteys palaa.',
  },
  cancel: 'Peruuta',
  elsewhere:
    'Tunnistautuminen on kesken toisessa välilehdessä tai ikkunassa. Aloita tässä valitsemalla tapa.',
  failed: {
    cancelled:
      'Tunnistautuminen peruttiin, eikä mitään välitetty. Voit yrittää uudelleen tai valita toisen tavan.',
    refused:
      'Pankki ei vienyt tunnistautumista loppuun, eikä mitään välitetty. Yritä uudelleen tai valitse toinen tapa.',
    expired: 'Tunnistautumisen aika loppui, eikä mitään välitetty. Voit aloittaa uudelleen.',
    unavailable:
      'Palvelu ei juuri nyt vastaa. Yritä hetken päästä uudelleen tai valitse toinen tapa.',
    invalid:
      'Vastausta ei voitu käyttää, eikä mitään tallennettu. Yritä uudelleen tai valitse toinen tapa.',
  },
  trouble: {
    network: 'Yhteys ei toiminut. Yritä uudelleen.',
    refused: 'Tunnistautumista ei voitu aloittaa. Yritä uudelleen tai valitse toinen tapa.',
  },
  retry: 'Yritä uudelleen',
  notice: {
    asked: (name) => `${name} pyysi sinua tunnistautumaan`,
    verified: (time, method) =>
      method ? `Tunnistauduit: ${method} · ${time}` : `Tunnistauduit · ${time}`,
    declined: 'Et tunnistautunut',
    withdrawn: 'Tunnistautumispyyntö peruttiin',
    expired: 'Tunnistautumisen aika loppui. Sinulta voidaan pyytää sitä uudelleen.',
  },
  confidential: 'Luottamuksellinen: asiantuntijat eivät näe tätä',
};
