import { describe, expect, it } from 'vitest';
import type { Entry } from '@/client/entries';
import type { EventBody, Person } from '@/client/protocol.gen';
import { actText } from './acts';
import { withoutErased } from './erased';
import { timelineEn as t } from './strings.en';

const SHOPPER: Person = { id: 'v', role: 'visitor' };
const AGENT: Person = { id: 'a', role: 'agent', name: 'Agent One' };

function said(event: EventBody, by: Person = SHOPPER): string | null {
  const entry = { key: '1', seq: 1, at: 1, by, event, mine: false, status: null } as Entry;
  return actText(
    entry,
    t,
    (person) => person.name ?? 'Customer',
    (reason) => reason,
    'en',
  );
}

describe('what is said of co-browsing', () => {
  it('names whoever asked, showed, or said no', () => {
    expect(said({ kind: 'cobrowse_asked', cobrowse: 'c' }, AGENT)).toBe(
      'Agent One asked to see the customer’s page',
    );
    const consent = { consent: 'view-1', lang: 'en', masking: 'm' };
    expect(said({ kind: 'cobrowse_started', cobrowse: 'c', ...consent })).toBe(
      'Customer shows their page',
    );
    expect(said({ kind: 'cobrowse_declined', cobrowse: 'c' })).toBe(
      'Customer did not want to show their page',
    );
  });

  it('tells a wish taken back from one that was declined', () => {
    const event = { kind: 'cobrowse_control_declined', cobrowse: 'c' } as const;
    expect(said(event)).toContain('kept control');
    expect(said(event, AGENT)).toContain('took the wish for control back');
    expect(said(event, { id: 'tiski', role: 'system' })).toContain('did not answer');
  });

  it('names what was granted, in a fixed order', () => {
    const grant = { id: 'g', agent: AGENT, caps: ['fill', 'scroll'] as const, until: 9 };
    const event = {
      kind: 'cobrowse_control_granted' as const,
      cobrowse: 'c',
      consent: 'control-1',
      grant: { ...grant, caps: [...grant.caps] },
    };
    expect(said(event)).toBe('Agent One may use the page: scroll, fill in');
  });

  it('ends with how long it took and how many pages were shown', () => {
    const event = { kind: 'cobrowse_ended', cobrowse: 'c', reason: 'stopped' } as const;
    expect(said({ ...event, seconds: 245, pages: 3 })).toBe(
      'Customer ended showing the page (4 min 05 s, 3 pages)',
    );
    expect(said({ ...event, reason: 'left', seconds: 12, pages: 1 })).toBe(
      'Showing ended: the customer left the page (12 s, 1 page)',
    );
    expect(said({ ...event, reason: 'withdrawn' }, AGENT)).toBe(
      'Agent One took the wish to see the page back',
    );
  });
});

describe('what is said of who the customer is', () => {
  const proof = { verification: 'q', at: 1, name: 'Test Customer One', method: 'Demo Bank A' };
  const verified = {
    kind: 'identity_verified' as const,
    proof: { ...proof, level: 'high' as const },
  };

  it('names what was proven, and tells another from the one before', () => {
    expect(said(verified)).toBe('Verified by bank ID: Test Customer One, Demo Bank A, level high');
    expect(said({ ...verified, changed: true })).toContain('Somebody else was verified');
  });

  it('names nobody to those who are not told, or once it was erased', () => {
    const bare = { kind: 'identity_verified' as const, proof: { verification: 'q', at: 1 } };
    expect(said(bare)).toBe('The customer proved who they are by bank ID');
    const entries = [verified, { kind: 'identity_erased' as const, verification: 'q' }].map(
      (event) => ({ event }) as Entry,
    );
    expect(JSON.stringify(withoutErased(entries))).not.toContain('Customer One');
    const untouched = entries.slice(0, 1);
    expect(withoutErased(untouched)).toBe(untouched);
  });

  it('tells who withdrew a request, and says nothing of one that ended with the conversation', () => {
    const ended = { kind: 'identity_ended' as const, verification: 'q' };
    expect(said({ ...ended, reason: 'withdrawn' }, AGENT)).toBe(
      'Agent One withdrew the request to prove who they are',
    );
    expect(said({ ...ended, reason: 'declined' })).toContain('did not want');
    expect(said({ ...ended, reason: 'closed' })).toBe(null);
  });
});

describe('what is said of the queue', () => {
  const queue = { task: 't', department: { id: 'd', name: 'Tents' }, since: 1 };
  const SYSTEM: Person = { id: 'tiski', role: 'system' };
  const TWO: Person = { id: 'b', role: 'agent', name: 'Agent Two' };

  it('tells where somebody waits, and why it changed', () => {
    expect(said({ kind: 'queued', queue, reason: 'opened' }, SYSTEM)).toBe('Waits in Tents');
    expect(said({ kind: 'queued', queue, reason: 'overflow' }, SYSTEM)).toBe(
      'Waited too long; waits in Tents now',
    );
    expect(said({ kind: 'queued', queue, reason: 'moved' }, AGENT)).toBe(
      'Agent One moved it to Tents',
    );
    expect(said({ kind: 'queue_left', reason: 'left' }, SYSTEM)).toBe(
      'The customer left while waiting',
    );
  });

  it('tells a wanted call with its time and number', () => {
    const callback_at = new Date(2026, 4, 5, 14, 30).getTime();
    const wanted = { ...queue, callback_at, phone: '+358 40 000 0000' };
    const text = said({ kind: 'queued', queue: wanted, reason: 'callback' });
    expect(text).toContain('14:30');
    expect(text).toContain('+358 40 000 0000');
  });

  it('says once that it went back to the queue', () => {
    expect(said({ kind: 'unassigned', agent: AGENT, reason: 'unconnected' }, SYSTEM)).toBe(
      'Agent One did not open it in time; back in the queue',
    );
    expect(said({ kind: 'queued', queue, reason: 'unconnected' }, SYSTEM)).toBe(null);
  });

  it('tells why this agent, unless the sentence says it already', () => {
    const skill = { kind: 'skill' as const, skill: 'tents', level: 4 };
    expect(said({ kind: 'assigned', agent: AGENT, why: skill }, AGENT)).toBe(
      'Agent One took the conversation (knows tents, 4)',
    );
    const takeover = { kind: 'assigned', agent: TWO, via: 'takeover' } as const;
    expect(said({ ...takeover, why: { kind: 'supervisor' } }, TWO)).toBe(
      'Agent Two took the conversation over from a colleague',
    );
  });

  it('tells apart who advises, listens and takes part', () => {
    const observer = { person: TWO, part: 'whisper' as const, since: 1 };
    expect(said({ kind: 'observer_joined', observer: { ...observer, consult: true } }, TWO)).toBe(
      'Agent Two joined privately to advise',
    );
    expect(said({ kind: 'observer_joined', observer: { ...observer, part: 'listen' } }, TWO)).toBe(
      'Agent Two began to listen',
    );
    expect(said({ kind: 'observer_left', person: TWO, reason: 'assigned' }, TWO)).toBe(null);
  });

  it('tells a transfer that nobody answered from one that was declined', () => {
    const to = { id: 'd', name: 'Tents' };
    expect(said({ kind: 'transfer_requested', department: to }, AGENT)).toBe(
      'Agent One asked somebody in Tents to take over',
    );
    expect(said({ kind: 'transfer_ended', outcome: 'unanswered' }, SYSTEM)).toBe(
      'Nobody answered the transfer',
    );
  });

  it('keeps the service clock to itself', () => {
    const clock = { kind: 'first' as const, since: 1, due_at: 2, warn_at: 2 };
    expect(said({ kind: 'clock_started', clock }, SYSTEM)).toBe(null);
  });
});
