/** The public holidays of a country, this year and next, and opening on one of them anyway. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { weekdayText } from '@/i18n';
import { Button } from '@/ui/button';
import { Spinner } from '@/ui/spinner';
import { useEnv } from '../env';
import { useAdmin } from './context';
import { Select } from './fields';
import { withSpecial } from './times';
import type { Holidays, Hours } from './wire';

interface HolidayListProps {
  hours: Hours;
  onHours: (hours: Hours) => void;
}

export function HolidayList({ hours, onHours }: HolidayListProps): VNode {
  const { lang } = useEnv();
  const { a } = useAdmin();
  const h = a.hours;
  const { holidays: country } = hours;
  const { found, failed, retry } = useHolidays(country ?? 'FI');
  const names = new Intl.DisplayNames([lang], { type: 'region' });
  const countries = (found?.[0]?.countries ?? (country ? [country] : []))
    .map((code) => ({ value: code, label: names.of(code) ?? code }))
    .sort((one, other) => one.label.localeCompare(other.label, lang));
  return (
    <section class="hours-part" aria-label={h.holidays}>
      <h3>{h.holidays}</h3>
      <Select
        label={h.country}
        hint={country === null ? undefined : h.holidaysHint}
        value={country ?? ''}
        options={[{ value: '', label: h.noCountry }, ...countries]}
        onValue={(code) => onHours({ ...hours, holidays: code || null })}
      />
      {failed && (
        <p class="field-error" role="alert">
          {h.failed} <Button onClick={retry}>{a.retry}</Button>
        </p>
      )}
      {country !== null && !failed && !found && <Spinner label={h.loading} />}
      {country !== null && found && (
        <div class="holidays">
          {found.map((year) => (
            <Year key={year.days[0]?.date} year={year} hours={hours} onHours={onHours} />
          ))}
        </div>
      )}
    </section>
  );
}

function Year({ year, hours, onHours }: HolidayListProps & { year: Holidays }): VNode {
  const { lang } = useEnv();
  const { a } = useAdmin();
  const h = a.hours;
  const today = new Date().toISOString().slice(0, 10);
  const known = new Set(hours.exceptions.map(({ date }) => date));
  return (
    <details open>
      <summary>{h.year(Number(year.days[0]?.date.slice(0, 4)))}</summary>
      <ul>
        {year.days.map(({ date, name }) => (
          <li key={date} data-past={date < today || undefined}>
            <span class="number">{weekdayText(new Date(`${date}T12:00:00`).getTime(), lang)}</span>
            <span>{name}</span>
            {date < today ? null : known.has(date) ? (
              <small class="faint">{h.excepted}</small>
            ) : (
              <Button
                variant="quiet"
                aria-label={h.openOf(name)}
                onClick={() =>
                  onHours({
                    ...hours,
                    exceptions: withSpecial(hours.exceptions, date, name, [['09:00', '15:00']]),
                  })
                }
              >
                {h.openAnyway}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}

function useHolidays(country: string) {
  const { lang } = useEnv();
  const { admin } = useAdmin();
  const found = useSignal<Holidays[] | null>(null);
  const failed = useSignal(false);
  const asked = useSignal(0);
  useEffect(() => {
    let left = false;
    const now = new Date().getFullYear();
    const of = (year: number) =>
      admin.api.get<Holidays>(
        `/agent/admin/holidays?year=${year}&country=${encodeURIComponent(country)}&lang=${lang}`,
      );
    Promise.all([of(now), of(now + 1)]).then(
      (years) => {
        if (!left) found.value = years;
      },
      () => {
        if (!left) failed.value = true;
      },
    );
    return () => {
      left = true;
    };
  }, [admin, country, lang, asked.value]); // asked anew when somebody tries again
  const retry = () => {
    failed.value = false;
    asked.value += 1;
  };
  return { found: found.value, failed: failed.value, retry };
}
