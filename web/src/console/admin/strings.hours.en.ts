/** The words of opening hours, in English. */
import type { Shape } from '@/i18n';
import type { DateMistake, SpanMistake } from './times';
import type { Day } from './wire';

export const hoursEn = {
  lead: 'When somebody is there. Outside of it nothing is offered as live: customers leave a message or ask to be called back.',
  week: 'Week',
  days: {
    mon: 'Monday',
    tue: 'Tuesday',
    wed: 'Wednesday',
    thu: 'Thursday',
    fri: 'Friday',
    sat: 'Saturday',
    sun: 'Sunday',
  } satisfies Record<Day, string>,
  closed: 'Closed',
  from: (day: string, n: number) => `${day}, span ${n}: from`,
  to: (day: string, n: number) => `${day}, span ${n}: to`,
  add: (day: string) => `Add hours to ${day}`,
  addShort: 'Add hours',
  remove: (day: string, n: number) => `Remove span ${n} of ${day}`,
  copy: 'Copy Monday to the weekdays',
  always: 'Open around the clock',
  mistakes: {
    time: 'Write times as 09:00, at most 24:00.',
    empty: 'It lasts no time. Remove it or make it longer.',
    midnight: 'It ends before it starts.',
    overlap: 'Two spans overlap. Make them one.',
  } satisfies Record<SpanMistake, string>,
  split: 'Split at midnight',
  tz: 'Time zone',
  tzHint: 'As in Europe/Helsinki.',
  tzBad: 'There is no such time zone. Choose one of the list.',
  holidays: 'Public holidays',
  holidaysHint: 'On these days it is closed, unless an exception says otherwise.',
  country: 'Country',
  noCountry: 'None: open as on any day',
  loading: 'Loading the holidays…',
  failed: 'The holidays cannot be loaded.',
  year: (year: number) => `${year}`,
  openAnyway: 'Open anyway',
  openOf: (name: string) => `Open anyway on ${name}`,
  excepted: 'see the exceptions',
  exceptions: 'Exceptions',
  exceptionsHint:
    'Single dates with other hours, or closed. They come before weekdays and holidays.',
  date: 'Date',
  note: 'Note',
  noteHint: 'For yourselves.',
  addException: 'Add an exception',
  removeException: (date: string) => `Remove the exception of ${date}`,
  none: 'There are none.',
  dateMistakes: {
    date: 'Choose a date.',
    twice: 'There are two exceptions for this date. Put them into one.',
  } satisfies Record<DateMistake, string>,
};

export type HoursStrings = Shape<typeof hoursEn>;
