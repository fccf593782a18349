import { signal } from '@preact/signals-core';
import { expect, test, vi } from 'vitest';
import type { ConversationState, Person, RecordingState } from './protocol.gen.ts';
import { CallRecording } from './recording.ts';

const AGENT: Person = { id: 'a1', role: 'agent', name: 'Agent' };
const VISITOR: Person = { id: 'v1', role: 'visitor' };

function conversation(recording: RecordingState | null): ConversationState {
  const members = [AGENT, VISITOR].map((person) => ({ person, media: [], joined_at: 0 }));
  return {
    id: 'c1',
    state: 'active',
    visitor: { id: 'v1' },
    lang: 'fi',
    opened_at: 0,
    call: { id: 'k1', by: AGENT, media: [], state: 'active', members, recording },
  };
}

const asked: RecordingState = { id: 'r1', by: AGENT, state: 'asked', consents: [AGENT] };

function of(person: Person, recording: RecordingState | null) {
  const said: unknown[] = [];
  const state = signal<ConversationState | null>(conversation(recording));
  const say = vi.fn(async (draft: () => unknown) => void said.push(draft()));
  return { state, said, side: new CallRecording(state, signal(person), say) };
}

test('who asked has agreed, the others are asked until they have', () => {
  expect(of(AGENT, asked).side.part.value).toBe('agreed');
  const { state, side } = of(VISITOR, asked);
  expect(side.part.value).toBe('asked');
  state.value = conversation({ ...asked, state: 'on', consents: [AGENT, VISITOR] });
  expect(side.part.value).toBe('agreed');
});

test('who listens is not asked', () => {
  const boss: Person = { id: 's1', role: 'supervisor' };
  const { state, side } = of(boss, asked);
  expect(side.part.value).toBe('none');
  const now = conversation(asked);
  const call = now.call;
  if (!call) throw new Error('no call');
  call.members.push({ person: boss, media: [], joined_at: 0 });
  state.value = { ...now, observers: [{ person: boss, part: 'listen', since: 0 }] };
  expect(side.part.value).toBe('none');
  state.value = { ...now, observers: [{ person: boss, part: 'barge', since: 0 }] };
  expect(side.part.value).toBe('asked');
});

test('answers name the recording and the words', async () => {
  const { said, side } = of(VISITOR, asked);
  await side.agree('sv');
  await side.decline();
  expect(said).toEqual([
    { t: 'recording.consent', conv: 'c1', recording: 'r1', consent: 'record-1', lang: 'sv' },
    { t: 'recording.decline', conv: 'c1', recording: 'r1' },
  ]);
});

test('nothing is said of a recording that is over', async () => {
  const { said, side } = of(VISITOR, null);
  await side.agree('fi');
  await side.pause();
  expect(said).toEqual([]);
  await side.ask('en');
  expect(said).toEqual([{ t: 'recording.ask', conv: 'c1', consent: 'record-1', lang: 'en' }]);
});
