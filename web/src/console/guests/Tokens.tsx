/** The tokens of the call: who is in now, who may come, and the way to take one back. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { Button } from '@/ui/button';
import { Spinner } from '@/ui/spinner';
import { useEnv } from '../env';
import { GUESTS } from './strings';
import { type Guest, ordered, type Standing } from './wire';

interface TokensProps {
  /** Null until they are known. */
  guests: readonly Guest[] | null;
  here: ReadonlySet<string>;
  failure: string | null;
  onChange: () => void;
}

const ALIVE: ReadonlySet<Standing> = new Set(['here', 'awaited']);

export function Tokens({ guests, here, failure, onChange }: TokensProps): VNode {
  const { desk, lang, screen } = useEnv();
  const g = GUESTS[lang];
  const going = useSignal<string | null>(null);
  const now = screen.now.value;
  const revoke = async (guest: Guest) => {
    going.value = guest.id;
    try {
      await desk.cookieApi.delete(`/agent/guests/${guest.id}`);
    } catch {
      desk.notify({ word: 'other' });
    } finally {
      going.value = null;
      onChange();
    }
  };
  return (
    <section class="links">
      <h3>{g.list}</h3>
      {failure ? (
        <p role="alert">
          {failure} <Button onClick={onChange}>{g.retry}</Button>
        </p>
      ) : guests === null ? (
        <Spinner label={g.loading} />
      ) : guests.length === 0 ? (
        <p class="faint">{g.nobody}</p>
      ) : (
        <ul>
          {ordered(guests, here, now).map(({ guest, standing }) => (
            <li key={guest.id} class="link guest" data-standing={standing}>
              <div>
                <b>{guest.label}</b>
                <span class="guest-standing">
                  {g.standings[standing]}
                  {standing === 'awaited' &&
                    ` · ${g.left(Math.ceil((guest.expires_at - now) / 60_000))}`}
                </span>
                <small class="faint">
                  {g.short[guest.kind]} · {g.by(guest.by_name)}
                </small>
              </div>
              {ALIVE.has(standing) && (
                <Button
                  aria-label={g.revokeOf(guest.label)}
                  busy={going.value === guest.id}
                  onClick={() => void revoke(guest)}
                >
                  {g.revoke}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
