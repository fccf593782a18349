import { describe, expect, it } from 'vitest';
import type { ConversationState } from '@/client/protocol.gen';
import { type Act, possible } from './possible';

const ACTS: Act[] = [
  'accept',
  'reply',
  'note',
  'handback',
  'transfer',
  'close',
  'reopen',
  'invite',
  'call',
  'cobrowse',
];
const me = { id: 'me', role: 'agent' as const };
const other = { id: 'other', role: 'agent' as const };
const base: ConversationState = {
  id: 'c',
  state: 'waiting',
  visitor: { id: 'v' },
  lang: 'en',
  opened_at: 1,
};
const allowed = (state: ConversationState | null) =>
  ACTS.filter((act) => possible(act, state, 'me'));

describe('possible acts', () => {
  it('lets anybody take a waiting conversation, and answer it only then', () => {
    expect(allowed(base)).toEqual(['accept', 'note']);
  });

  it('lets its owner do everything but take it again', () => {
    const mine: ConversationState = { ...base, state: 'active', assignee: me };
    expect(allowed(mine)).toEqual([
      'reply',
      'note',
      'handback',
      'transfer',
      'close',
      'invite',
      'call',
      'cobrowse',
    ]);
    expect(allowed({ ...mine, transfer: { to: other, by: me } })).not.toContain('transfer');
  });

  it('lets a colleague read along and write notes', () => {
    expect(allowed({ ...base, state: 'active', assignee: other })).toEqual(['note']);
  });

  it('lets a closed one be reopened, and nothing else', () => {
    expect(allowed({ ...base, state: 'closed', assignee: me })).toEqual(['reopen']);
    expect(allowed(null)).toEqual([]);
  });
});
