/** The tokens of outside sources and players as the server tells them (`server/http/guests.py`). Pure. */

export type GuestKind = 'publish' | 'play';

export interface Guest {
  id: string;
  kind: GuestKind;
  label: string;
  by_name: string;
  created_at: number;
  /** Until when it may begin; what has begun goes on. */
  expires_at: number;
  revoked: boolean;
  connected: boolean;
}

/** A token that was just made. It is told once. */
export interface Made {
  guest: Guest;
  url: string;
  token: string;
}

export type Standing = 'here' | 'awaited' | 'expired' | 'revoked';

/** How a token stands at `now`; `here`: who is in the call, as the conversation tells it. */
export function standingOf(guest: Guest, here: ReadonlySet<string>, now: number): Standing {
  if (guest.revoked) return 'revoked';
  if (here.has(guest.id)) return 'here';
  return guest.expires_at > now ? 'awaited' : 'expired';
}

const ORDER: readonly Standing[] = ['here', 'awaited', 'expired', 'revoked'];

/** Who is in the call first, then who may come, then what is over; the newest first in each. */
export function ordered(
  guests: readonly Guest[],
  here: ReadonlySet<string>,
  now: number,
): { guest: Guest; standing: Standing }[] {
  return guests
    .map((guest) => ({ guest, standing: standingOf(guest, here, now) }))
    .sort(
      (one, other) =>
        ORDER.indexOf(one.standing) - ORDER.indexOf(other.standing) ||
        other.guest.created_at - one.guest.created_at,
    );
}
