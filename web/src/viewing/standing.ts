/** How it stands with a view, and what lately became of a wish for control. Pure. */
import type { Entry } from '@/client/entries.ts';
import type { Curtain } from '@/cobrowse/wire.gen.ts';
import type { WireState } from './wire.ts';

/** The most important thing to say, one at a time. */
export type Standing =
  | 'refused'
  | 'full'
  | 'failed'
  | 'opening'
  | 'lost'
  | 'away'
  | NonNullable<Curtain['reason']>
  | 'on';

export interface View {
  state: WireState;
  refusal: string | null;
  failed: boolean;
  /** The player has what it needs. */
  ready: boolean;
  sharing: boolean;
  curtain: Curtain | null;
}

export function standingOf(view: View): Standing {
  const { state, refusal, failed, ready, sharing, curtain } = view;
  if (state === 'refused') return refusal === 'full' ? 'full' : 'refused';
  if (failed) return 'failed';
  if (!ready) return 'opening';
  if (state !== 'online') return 'lost';
  if (curtain?.down) return curtain.reason ?? 'page';
  return sharing ? 'on' : 'away';
}

export type ControlNews = 'declined' | 'unanswered' | 'revoked' | 'expired' | 'gone';

const NEWS = 20_000; // ms that an end of control is told beside the tools; the timeline keeps it

/** How `me`'s last wish or grant ended, while that is news. `now`: the server's clock. */
export function controlNews(
  entries: readonly Entry[],
  cobrowse: string,
  me: string,
  now: number,
): ControlNews | null {
  let news: ControlNews | null = null;
  for (let at = entries.length - 1; at >= 0; at -= 1) {
    const entry = entries[at];
    if (!entry || (news === null && now - entry.at > NEWS)) return null;
    const { event, by } = entry;
    if (!('cobrowse' in event) || event.cobrowse !== cobrowse) continue;
    switch (event.kind) {
      case 'cobrowse_control_declined':
        if (by.role !== 'visitor' && by.role !== 'system') return null;
        news = by.role === 'visitor' ? 'declined' : 'unanswered';
        break;
      case 'cobrowse_control_released':
        if (event.reason === 'released') return null;
        news = event.reason;
        break;
      case 'cobrowse_control_asked':
        return by.id === me ? news : null;
      case 'cobrowse_control_granted':
        return news && event.grant.agent.id === me ? news : null;
    }
  }
  return null;
}

/** The way of a page's address: what the agent needs of it, and nothing of its query. */
export function pathOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname : '';
}

/** Minutes and seconds that are left, "9:41". */
export function leftText(until: number, now: number): string {
  const seconds = Math.max(0, Math.ceil((until - now) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
