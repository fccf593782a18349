import { describe, expect, it } from 'vitest';
import type { ConversationState, Observer, Person } from '@/client/protocol.gen';
import {
  type Colleague,
  canAdvise,
  canTakeOver,
  findColleagues,
  presenceOf,
  skillsOf,
  sortColleagues,
} from './colleagues';
import { queueEn } from './strings.en';
import { advisers, asksMe, ownPart, privateTo, writable } from './watching';
import { needsText, stateText, whyText } from './words';

const colleague = (name: string, part: Partial<Colleague> = {}): Colleague => ({
  id: name,
  name,
  role: 'agent',
  online: true,
  state: 'available',
  used: 0,
  capacity: 3,
  departments: ['sales'],
  ...part,
});

describe('colleagues who can be asked', () => {
  const free = colleague('Free');
  const busy = colleague('Busy', { used: 2 });
  const full = colleague('Full', { used: 3 });
  const lunch = colleague('Lunch', { state: 'away', reason: 'lunch' });
  const gone = colleague('Gone', { online: false });

  it('stand in the order of who can help now, the least busy first', () => {
    const names = sortColleagues([gone, full, busy, lunch, free]).map(({ name }) => name);
    expect(names).toEqual(['Free', 'Busy', 'Full', 'Lunch', 'Gone']);
  });

  it('can advise when full, and take over only with a place left', () => {
    expect([free, full, lunch, gone].map(canTakeOver)).toEqual([true, false, false, false]);
    expect([free, full, lunch, gone].map(canAdvise)).toEqual([true, true, false, false]);
    expect(presenceOf(colleague('Missed', { state: 'not_responding' }))).toBe('not_responding');
  });

  it('are found by name, skill, language and department', () => {
    const skills = [{ skill: 'Tents', level: 4 }];
    const one = colleague('One', {
      skills,
      langs: ['sv'],
      departments: [{ id: 'x', name: 'Camp' }],
    });
    expect(findColleagues([one, free], 'tent')).toEqual([one]);
    expect(findColleagues([one, free], 'sv one')).toEqual([one]);
    expect(findColleagues([one, free], 'camp')).toEqual([one]);
    expect(findColleagues([one, free], '')).toHaveLength(2);
  });

  it('offer the skills of their department, each with the best level there is', () => {
    const a = colleague('A', { skills: [{ skill: 'Tents', level: 2 }] });
    const b = colleague('B', {
      skills: [
        { skill: 'Tents', level: 5 },
        { skill: 'Skis', level: 1 },
      ],
    });
    const c = colleague('C', { departments: ['other'], skills: [{ skill: 'Boats', level: 1 }] });
    expect(skillsOf([a, b, c], 'sales')).toEqual([
      { skill: 'Skis', level: 1 },
      { skill: 'Tents', level: 5 },
    ]);
  });
});

describe('who looks in', () => {
  const person = (id: string, role: Person['role'] = 'agent'): Person => ({ id, role, name: id });
  const observer = (id: string, part: Observer['part'], consult = false): Observer => ({
    person: person(id),
    part,
    since: 0,
    consult,
  });
  const state = {
    assignee: person('one'),
    observers: [observer('two', 'whisper', true), observer('boss', 'barge')],
    experts: [{ person: person('guest', 'expert'), scope: [] }],
  } as Partial<ConversationState> as ConversationState;
  const ids = (people: Person[]) => people.map(({ id }) => id);

  it('reads private words together with experts and whoever serves, never with oneself', () => {
    expect(ids(privateTo(state, 'one'))).toEqual(['guest', 'two', 'boss']);
    expect(ids(privateTo(state, 'two'))).toEqual(['guest', 'boss', 'one']);
  });

  it('is known by their part, and an adviser apart from a supervisor', () => {
    expect(ownPart(state, 'two')?.part).toBe('whisper');
    expect(ids(advisers(state).map(({ person }) => person))).toEqual(['two']);
  });

  it('writes to colleagues; to the customer only whoever serves or takes part', () => {
    const open = { ...state, state: 'active' as const };
    expect(writable(open, 'one', false)).toEqual(['reply', 'consult', 'note']);
    expect(writable({ ...open, observers: [], experts: [] }, 'one', false)).toEqual([
      'reply',
      'note',
    ]);
    expect(writable(open, 'two', false)).toEqual(['consult', 'note']);
    expect(writable(open, 'boss', false)).toEqual(['reply', 'consult', 'note']);
    expect(writable(open, 'somebody', false)).toEqual(['note']);
  });

  it('leaves notes alone on what is closed, for as long as it is wrapped up', () => {
    const closed = { ...state, state: 'closed' as const, observers: [] };
    expect(writable(closed, 'one', true)).toEqual(['note']);
    expect(writable(closed, 'one', false)).toEqual([]);
  });

  it('is asked only while the conversation is open, and only who was named', () => {
    const consult = { to: person('two'), by: person('one') };
    expect(asksMe({ state: 'active', consult }, 'two')).toBe(consult);
    expect(asksMe({ state: 'active', consult }, 'boss')).toBe(null);
    expect(asksMe({ state: 'closed', consult }, 'two')).toBe(null);
    expect(asksMe({ state: 'active' }, 'two')).toBe(null);
  });
});

describe('what is said of the queue', () => {
  it('tells the agent why it is theirs, and others why it is that agent’s', () => {
    expect(whyText({ kind: 'skill', skill: 'tents', level: 4 }, queueEn, true)).toBe(
      'You know tents (4)',
    );
    expect(whyText({ kind: 'last_agent' }, queueEn, false)).toBe('Served this customer before');
    expect(whyText({ kind: 'idle', seconds: 125 }, queueEn, true)).toBe(
      'You were free longest, 2:05',
    );
  });

  it('tells what was asked for in vain, skills and languages alike', () => {
    const why = { kind: 'idle' as const, seconds: 5, waived: ['Skis', 'sv'] };
    expect(whyText(why, queueEn, true)).toContain('nobody here has Skis, the language (Svenska)');
  });

  it('names needs with their level, and a state with its reason', () => {
    expect(needsText([{ skill: 'Tents', level: 3 }, { skill: 'Skis' }])).toBe('Tents 3+, Skis');
    expect(stateText('away', 'lunch', queueEn)).toBe('Away: Lunch');
    expect(stateText('away', '', queueEn)).toBe('Away');
    expect(stateText('not_responding', 'lunch', queueEn)).toBe('Not responding');
  });
});
