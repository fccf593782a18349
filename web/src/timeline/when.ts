/** Times and days as the reader's language writes them, in the reader's time zone. */

export interface When {
  /** A clock time: "14:05". */
  time(at: number): string;
  /** The day as a key: equal for times of one calendar day. */
  day(at: number): string;
  /** "Today", "Yesterday", or a date. */
  dayName(at: number, now: number): string;
  /** "14:05" today, "Yesterday", "12.3." before that. */
  short(at: number, now: number): string;
  /** The date and the time in full. */
  full(at: number): string;
}

export function when(lang: string, timeZone?: string): When {
  const zone = timeZone === undefined ? {} : { timeZone };
  // A region for each language: English as the EU writes it, with a 24-hour clock.
  const locale = { en: 'en-IE', fi: 'fi-FI', sv: 'sv-FI' }[lang] ?? lang;
  const time = new Intl.DateTimeFormat(locale, { ...zone, hour: '2-digit', minute: '2-digit' });
  const key = new Intl.DateTimeFormat('en-CA', { ...zone, dateStyle: 'short' });
  const name = new Intl.DateTimeFormat(locale, {
    ...zone,
    weekday: 'long',
    day: 'numeric',
    month: 'long',
  });
  const date = new Intl.DateTimeFormat(locale, { ...zone, day: 'numeric', month: 'numeric' });
  const full = new Intl.DateTimeFormat(locale, { ...zone, dateStyle: 'long', timeStyle: 'short' });
  const near = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const day = (at: number) => key.format(at);
  const daysAgo = (at: number, now: number) =>
    Math.round((Date.parse(day(now)) - Date.parse(day(at))) / 86_400_000);
  const capital = (text: string) => text.charAt(0).toLocaleUpperCase(locale) + text.slice(1);
  const relative = (days: number) => capital(near.format(-days, 'day'));
  return {
    time: (at) => time.format(at),
    day,
    dayName: (at, now) => {
      const ago = daysAgo(at, now);
      return ago === 0 || ago === 1 ? relative(ago) : capital(name.format(at));
    },
    short: (at, now) => {
      const ago = daysAgo(at, now);
      if (ago <= 0) return time.format(at);
      return ago === 1 ? relative(1) : date.format(at);
    },
    full: (at) => full.format(at),
  };
}
