/**
 * The supervisor's words that the console opens with: the ways to their pages, and looking in. The
 * pages' own words come with the pages.
 */
import type { Lang, Shape } from '@/i18n';

const en = {
  nav: { label: 'Supervision', floor: 'Floor', admin: 'Shop settings' },
  act: {
    listen: 'Listen in',
    whisper: 'Whisper to the agent',
    barge: 'Barge in',
    take: 'Take over',
    stop: 'Stop looking in',
    guests: 'Outside sources and players',
  },
  command: {
    listen: 'Listen in on this conversation',
    whisper: 'Whisper to the agent of this conversation',
    barge: 'Barge in on this conversation',
    take: 'Take this conversation over',
    stop: 'Stop looking in on this conversation',
    guests: 'Outside sources and players of this call',
  },
  bar: {
    label: 'You look in',
    listen: 'You listen.',
    listenHint: 'Staff sees that you do; the customer does not.',
    whisper: 'You whisper.',
    whisperHint: 'Staff hears and reads you; the customer does not know of you.',
    barge: 'You are in the conversation.',
    bargeHint: 'The customer sees, hears and reads you.',
    parts: 'What you do',
    short: { listen: 'Listen', whisper: 'Whisper', barge: 'Barge in' },
    stop: 'Stop',
    take: 'Take over',
    join: { listen: 'Hear the call', whisper: 'Whisper in the call', barge: 'Join the call' },
  },
  take: {
    title: (name: string) => `Take over from ${name}?`,
    text: 'You serve the customer from now on, even above your capacity. Your colleague is told, and the customer sees your name.',
    confirm: 'Take over',
  },
};

export type SupervisorStrings = Shape<typeof en>;

const fi: SupervisorStrings = {
  nav: { label: 'Valvonta', floor: 'Tilanne', admin: 'Kaupan asetukset' },
  act: {
    listen: 'Kuuntele',
    whisper: 'Kuiskaa asiakaspalvelijalle',
    barge: 'Tule mukaan',
    take: 'Ota itsellesi',
    stop: 'Lopeta seuraaminen',
    guests: 'Ulkoiset lähteet ja toistimet',
  },
  command: {
    listen: 'Kuuntele tätä keskustelua',
    whisper: 'Kuiskaa tämän keskustelun asiakaspalvelijalle',
    barge: 'Tule mukaan tähän keskusteluun',
    take: 'Ota tämä keskustelu itsellesi',
    stop: 'Lopeta tämän keskustelun seuraaminen',
    guests: 'Tämän puhelun ulkoiset lähteet ja toistimet',
  },
  bar: {
    label: 'Seuraat keskustelua',
    listen: 'Kuuntelet.',
    listenHint: 'Henkilökunta näkee sen, asiakas ei.',
    whisper: 'Kuiskaat.',
    whisperHint: 'Henkilökunta kuulee ja lukee sinua; asiakas ei tiedä sinusta.',
    barge: 'Olet mukana keskustelussa.',
    bargeHint: 'Asiakas näkee, kuulee ja lukee sinua.',
    parts: 'Mitä teet',
    short: { listen: 'Kuuntele', whisper: 'Kuiskaa', barge: 'Tule mukaan' },
    stop: 'Lopeta',
    take: 'Ota itsellesi',
    join: { listen: 'Kuuntele puhelua', whisper: 'Kuiskaa puhelussa', barge: 'Liity puheluun' },
  },
  take: {
    title: (name) => `Otetaanko keskustelu itselle? Nyt palvelee ${name}.`,
    text: 'Palvelet asiakasta tästä lähtien, vaikka paikkasi olisivat täynnä. Kollegallesi kerrotaan, ja asiakas näkee nimesi.',
    confirm: 'Ota itsellesi',
  },
};

const sv: SupervisorStrings = {
  nav: { label: 'Övervakning', floor: 'Läget', admin: 'Butikens inställningar' },
  act: {
    listen: 'Lyssna',
    whisper: 'Viska till kundbetjänaren',
    barge: 'Gå med',
    take: 'Ta över',
    stop: 'Sluta följa',
    guests: 'Externa källor och spelare',
  },
  command: {
    listen: 'Lyssna på det här samtalet',
    whisper: 'Viska till den som betjänar här',
    barge: 'Gå med i det här samtalet',
    take: 'Ta över det här samtalet',
    stop: 'Sluta följa det här samtalet',
    guests: 'Samtalets externa källor och spelare',
  },
  bar: {
    label: 'Du följer samtalet',
    listen: 'Du lyssnar.',
    listenHint: 'Personalen ser det, kunden gör det inte.',
    whisper: 'Du viskar.',
    whisperHint: 'Personalen hör och läser dig; kunden vet inte om dig.',
    barge: 'Du är med i samtalet.',
    bargeHint: 'Kunden ser, hör och läser dig.',
    parts: 'Vad du gör',
    short: { listen: 'Lyssna', whisper: 'Viska', barge: 'Gå med' },
    stop: 'Sluta',
    take: 'Ta över',
    join: { listen: 'Hör samtalet', whisper: 'Viska i samtalet', barge: 'Gå med i samtalet' },
  },
  take: {
    title: (name) => `Ta över från ${name}?`,
    text: 'Du betjänar kunden från och med nu, även över din kapacitet. Din kollega får veta det, och kunden ser ditt namn.',
    confirm: 'Ta över',
  },
};

export const SUPERVISOR: Record<Lang, SupervisorStrings> = { en, fi, sv };
