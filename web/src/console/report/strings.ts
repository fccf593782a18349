/** The words of a report on a call. */
import type { Lang } from '@/i18n';

export type Reason = 'sound' | 'delay' | 'picture' | 'camera' | 'loss' | 'setup';
export type Word = 'good' | 'fair' | 'poor' | 'unknown';

const en = {
  title: 'Call quality',
  loading: 'Loading the figures…',
  none: 'Nothing is known of this call.',
  failed: 'The figures could not be loaded.',
  retry: 'Try again',
  table: 'How the call was for each who was in it',
  verdict: 'All in all',
  words: { good: 'Good', fair: 'Fair', poor: 'Poor', unknown: 'Not known' } as Record<Word, string>,
  reasons: {
    sound: 'gaps in the sound',
    delay: 'a long delay',
    picture: 'the picture froze',
    camera: 'the camera was paused',
    loss: 'packets were lost',
    setup: 'slow to connect',
  } as Record<Reason, string>,
  rows: {
    gaps: 'Gaps in sound',
    freezes: 'Picture froze',
    trip: 'Round trip',
    loss: 'Loss up / down',
    rate: 'Sent / received',
    path: 'Path',
    codec: 'Codecs',
    setup: 'Connected in',
    paused: 'Camera paused',
    score: 'Server’s score',
  },
  paths: { direct: 'direct', udp: 'UDP', tcp: 'TCP', relay: 'relay' } as Record<string, string>,
  times: (count: number) => (count === 1 ? '1 time' : `${count} times`),
};

type ReportStrings = typeof en;

const fi: ReportStrings = {
  title: 'Puhelun laatu',
  loading: 'Lukuja haetaan…',
  none: 'Tästä puhelusta ei tiedetä mitään.',
  failed: 'Lukuja ei saatu haettua.',
  retry: 'Yritä uudelleen',
  table: 'Millainen puhelu oli kullekin osallistujalle',
  verdict: 'Kaiken kaikkiaan',
  words: { good: 'Hyvä', fair: 'Kohtalainen', poor: 'Huono', unknown: 'Ei tiedossa' },
  reasons: {
    sound: 'äänessä oli katkoja',
    delay: 'viive oli pitkä',
    picture: 'kuva jähmettyi',
    camera: 'kamera oli tauolla',
    loss: 'paketteja katosi',
    setup: 'yhdistäminen kesti',
  },
  rows: {
    gaps: 'Katkoja äänessä',
    freezes: 'Kuva jähmettyi',
    trip: 'Viive edestakaisin',
    loss: 'Hävikki ylös / alas',
    rate: 'Lähetetty / vastaanotettu',
    path: 'Reitti',
    codec: 'Pakkaukset',
    setup: 'Yhteys syntyi',
    paused: 'Kamera tauolla',
    score: 'Palvelimen arvio',
  },
  paths: { direct: 'suora', udp: 'UDP', tcp: 'TCP', relay: 'välityspalvelin' },
  times: (count) => (count === 1 ? 'kerran' : `${count} kertaa`),
};

const sv: ReportStrings = {
  title: 'Samtalets kvalitet',
  loading: 'Hämtar siffrorna…',
  none: 'Inget är känt om det här samtalet.',
  failed: 'Siffrorna kunde inte hämtas.',
  retry: 'Försök igen',
  table: 'Hur samtalet var för var och en som deltog',
  verdict: 'På det hela taget',
  words: { good: 'Bra', fair: 'Godtagbart', poor: 'Dåligt', unknown: 'Okänt' },
  reasons: {
    sound: 'avbrott i ljudet',
    delay: 'lång fördröjning',
    picture: 'bilden frös',
    camera: 'kameran var pausad',
    loss: 'paket gick förlorade',
    setup: 'långsam anslutning',
  },
  rows: {
    gaps: 'Avbrott i ljudet',
    freezes: 'Bilden frös',
    trip: 'Fördröjning fram och åter',
    loss: 'Förlust upp / ned',
    rate: 'Sänt / mottaget',
    path: 'Väg',
    codec: 'Kodekar',
    setup: 'Anslöt på',
    paused: 'Kameran pausad',
    score: 'Serverns betyg',
  },
  paths: { direct: 'direkt', udp: 'UDP', tcp: 'TCP', relay: 'relä' },
  times: (count) => (count === 1 ? '1 gång' : `${count} gånger`),
};

export const REPORT: Record<Lang, ReportStrings> = { en, fi, sv };
export type { ReportStrings };
