/** The words of looking at a shopper's page, in Finnish. */
import type { ViewingWords } from './strings.en.ts';

const plural = (n: number, one: string, many: string) => (n === 1 ? `1 ${one}` : `${n} ${many}`);

export const fi: ViewingWords = {
  region: 'Asiakkaan sivu',
  frame: 'Asiakkaan sivu sellaisena kuin hän sen näkee',
  opening: 'Avataan asiakkaan sivua…',
  failed: 'Sivua ei saatu auki. Tarkista verkkoyhteytesi ja yritä uudelleen.',
  lost: 'Ei yhteyttä. Yritetään uudelleen…',
  full: 'Kolme katsoo sivua jo. Yritä uudelleen, kun joku heistä on lopettanut.',
  refused: 'Et voi enää katsoa tätä sivua.',
  retry: 'Yritä uudelleen',
  on: 'Näet sivun sellaisena kuin se nyt on.',
  between: 'Asiakas on vaihtamassa sivua, tai hänen yhteytensä katkesi.',
  noPage: 'Ei vielä sivua',
  size: (width, height) => `Asiakkaan ikkuna: ${width} × ${height}`,
  percent: (scale) => `${Math.round(scale * 100)} %`,
  viewers: 'Katsojat',
  you: 'Sinä',
  enlarge: 'Suurenna',
  shrink: 'Pienennä',
  leave: 'Lopeta katselu',
  leaveHint: 'Vain sinulta; asiakas näyttää sivua edelleen.',
  end: 'Päätä',
  endHint: 'Päätä kaikilta',

  tools: 'Mitä osoittimesi tekee',
  tool: {
    none: 'Katso',
    laser: 'Osoita',
    pen: 'Piirrä',
    highlight: 'Kehystä kohta',
    control: 'Tee puolesta',
  },
  clear: 'Pyyhi merkintäni',
  follow: 'Vieritä asiakkaan mukana',

  hidden: (fields, texts, blocks) => {
    const parts = [
      fields && plural(fields, 'kenttä', 'kenttää'),
      texts && plural(texts, 'teksti', 'tekstiä'),
      blocks && plural(blocks, 'osa', 'osaa'),
    ].filter(Boolean);
    if (parts.length === 0) return 'Tällä sivulla ei ollut peitettävää.';
    const last = parts.pop();
    return `Peitetty: ${parts.length > 0 ? `${parts.join(', ')} ja ${last}` : last}.`;
  },
  kept: 'Mitään ei tallenneta.',

  control: {
    ask: 'Pyydä ohjausta',
    waiting: 'Pyysit ohjausta. Asiakas päättää.',
    takeBack: 'Peru pyyntö',
    other: (name) => `${name} on pyytänyt ohjausta.`,
    held: (name) => `Ohjaus on nyt: ${name}.`,
    granted: (what) => `Saat ${what}`,
    caps: { scroll: 'vierittää', click: 'napsauttaa', fill: 'täyttää' },
    and: ' ja ',
    left: (time) => `aikaa ${time}`,
    letGo: 'Luovuta',
    declined: 'Asiakas haluaa tehdä sen itse.',
    unanswered: 'Asiakas ei vastannut.',
    revoked: 'Asiakas otti ohjauksen takaisin.',
    expired: 'Ohjauksen aika päättyi.',
    gone: 'Ohjaus päättyi, koska yhteytesi katkesi.',
  },

  outcome: {
    no_grant: 'Sinulla ei ole siihen lupaa.',
    stale: 'Sivu muuttui juuri. Katso ja tee uudelleen.',
    gone: 'Kohta ei ole enää sivulla.',
    covered: 'Jokin peittää kohdan.',
    sensitive: 'Tämä kenttä on vain asiakkaalle.',
    refused: 'Lähettäminen, maksaminen ja tiedostot jäävät asiakkaalle.',
    shopper_busy: 'Asiakas käyttää sivua. Odota hetki.',
    rate_limited: 'Se oli liian nopeaa. Odota hetki.',
    too_late: 'Asiakkaan selain ei ole yhteydessä.',
    filled: 'Täytetty.',
  },

  player: {
    curtain: {
      page: 'Asiakas on sivulla, jota ei näytetä, esimerkiksi maksamassa.',
      shopper: 'Asiakas on pysäyttänyt näyttämisen.',
      identity: 'Asiakas todistaa, kuka hän on.',
      hidden: 'Asiakas katsoo muualle.',
    },
    waiting: 'Odotetaan asiakkaan sivua…',
    away: 'Asiakas on vaihtamassa sivua, tai hänen yhteytensä katkesi.',
    fill: 'Teksti tähän kenttään',
    fillSend: 'Täytä',
  },
};
