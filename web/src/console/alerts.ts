/**
 * Which changes of the inbox are news to this agent.
 *
 * Pure: the rows before and after go in, news comes out. The first state after signing in is not
 * news, or every reload would ring for everybody who waits.
 */
import type { ConversationSummary } from '@/client/protocol.gen';
import { offeredTo } from './views';

export type NewsKind = 'customer' | 'message' | 'offer' | 'call' | 'verified';

export interface News {
  kind: NewsKind;
  row: ConversationSummary;
}

/** `ownCalls`: ids of calls that this agent started; they are no news to them. */
export function newsOf(
  before: readonly ConversationSummary[] | null,
  after: readonly ConversationSummary[],
  me: string,
  ownCalls: ReadonlySet<string>,
): News[] {
  if (before === null || before === after) return [];
  const old = new Map(before.map((row) => [row.id, row]));
  const news: News[] = [];
  for (const row of after) {
    const was = old.get(row.id);
    if (was === row || row.state === 'closed') continue;
    const kind = kindOf(was, row, me, ownCalls);
    if (kind) news.push({ kind, row });
  }
  return news;
}

function kindOf(
  was: ConversationSummary | undefined,
  row: ConversationSummary,
  me: string,
  ownCalls: ReadonlySet<string>,
): NewsKind | null {
  const mine = row.assignee?.id === me;
  if (offeredTo(row, me) && !(was && offeredTo(was, me))) return 'offer';
  if (mine && row.call && row.call !== was?.call && !ownCalls.has(row.call)) return 'call';
  if (row.state === 'waiting' && was?.state !== 'waiting') return 'customer';
  if (mine && row.visitor.kind === 'verified' && was && was.visitor.kind !== 'verified') {
    return 'verified';
  }
  if (mine && row.last?.role === 'visitor' && (row.unread ?? 0) > (was?.unread ?? 0))
    return 'message';
  return null;
}
