/** The words of looking at a shopper's page, in Swedish. */
import type { ViewingWords } from './strings.en.ts';

const plural = (n: number, one: string, many: string) => (n === 1 ? one : `${n} ${many}`);

export const sv: ViewingWords = {
  region: 'Kundens sida',
  frame: 'Kundens sida så som kunden ser den',
  opening: 'Öppnar kundens sida…',
  failed: 'Sidan kunde inte öppnas här. Kontrollera nätverket och försök igen.',
  lost: 'Ingen anslutning. Försöker igen…',
  full: 'Tre personer tittar redan på sidan. Försök igen när någon av dem har slutat.',
  refused: 'Du får inte längre se den här sidan.',
  retry: 'Försök igen',
  on: 'Du ser sidan så som den är nu.',
  between: 'Kunden byter sida, eller så bröts kundens anslutning.',
  noPage: 'Ingen sida ännu',
  size: (width, height) => `Kundens fönster: ${width} × ${height}`,
  percent: (scale) => `${Math.round(scale * 100)} %`,
  viewers: 'Vilka som tittar',
  you: 'Du',
  enlarge: 'Gör större',
  shrink: 'Gör mindre',
  leave: 'Sluta titta',
  leaveHint: 'Bara du; kunden fortsätter att visa.',
  end: 'Avsluta',
  endHint: 'Avsluta för alla',

  tools: 'Vad din pekare gör',
  tool: {
    none: 'Titta',
    laser: 'Peka',
    pen: 'Rita',
    highlight: 'Rama in en del',
    control: 'Gör det åt kunden',
  },
  clear: 'Sudda mina märken',
  follow: 'Rulla med kunden',

  hidden: (fields, texts, blocks) => {
    const parts = [
      fields && plural(fields, 'ett fält', 'fält'),
      texts && plural(texts, 'en text', 'texter'),
      blocks && plural(blocks, 'en del', 'delar'),
    ].filter(Boolean);
    if (parts.length === 0) return 'Inget på sidan behövde döljas.';
    const last = parts.pop();
    return `Dolt: ${parts.length > 0 ? `${parts.join(', ')} och ${last}` : last}.`;
  },
  kept: 'Inget spelas in.',

  control: {
    ask: 'Be om kontroll',
    waiting: 'Du har bett om kontroll. Kunden bestämmer.',
    takeBack: 'Ta tillbaka',
    other: (name) => `${name} har bett om kontroll.`,
    held: (name) => `${name} har kontroll.`,
    granted: (what) => `Du får ${what}`,
    caps: { scroll: 'rulla', click: 'klicka', fill: 'fylla i' },
    and: ' och ',
    left: (time) => `${time} kvar`,
    letGo: 'Släpp kontrollen',
    declined: 'Kunden vill göra det själv.',
    unanswered: 'Kunden svarade inte.',
    revoked: 'Kunden tog tillbaka kontrollen.',
    expired: 'Tiden för kontroll är slut.',
    gone: 'Kontrollen upphörde, för din anslutning bröts.',
  },

  outcome: {
    no_grant: 'Det har du inte lov till.',
    stale: 'Sidan ändrades just. Titta och gör om det.',
    gone: 'Den delen finns inte längre på sidan.',
    covered: 'Något täcker stället.',
    sensitive: 'Det här fältet är bara för kunden.',
    refused: 'Att skicka, betala och välja filer är kundens sak.',
    shopper_busy: 'Kunden använder sidan. Vänta lite.',
    rate_limited: 'Det gick för fort. Vänta lite.',
    too_late: 'Kundens webbläsare är inte ansluten.',
    filled: 'Ifyllt.',
  },

  player: {
    curtain: {
      page: 'Kunden är på en sida som inte visas, till exempel för att betala.',
      shopper: 'Kunden har pausat.',
      identity: 'Kunden bevisar vem hen är.',
      hidden: 'Kunden tittar på något annat.',
    },
    waiting: 'Väntar på kundens sida…',
    away: 'Kunden byter sida, eller så bröts kundens anslutning.',
    fill: 'Text till fältet',
    fillSend: 'Fyll i',
  },
};
