import { signal } from '@preact/signals';
import { describe, expect, it } from 'vitest';
import { Api } from '@/client/api';
import type { ConversationState, IdentityProof } from '@/client/protocol.gen';
import type { Desk } from '../desk';
import { Proofs } from './proofs';

const FACTS = { proofs: [], gates: [], may_reveal: false };
const PROOF: IdentityProof = { verification: 'q', at: 1, name: 'Test Customer One' };

function conversation(id: string, identity: IdentityProof | null = null): ConversationState {
  return { id, state: 'active', visitor: { id: 'v' }, lang: 'en', opened_at: 1, identity };
}

/** A server that answers each request when it is told to. */
function made() {
  const asked: { path: string; answer: (status: number, body: unknown) => Promise<void> }[] = [];
  const fetch = (address: string) =>
    new Promise<Response>((resolve) => {
      asked.push({
        path: address.replace('/api/v1', ''),
        answer: async (status, body) => {
          resolve(new Response(JSON.stringify(body), { status }));
          for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
        },
      });
    });
  const api = new Api({ fetch: fetch as typeof globalThis.fetch });
  const state = signal<ConversationState | null>(null);
  const thread = signal({ state, gone: signal(null) });
  const desk = { thread } as unknown as Pick<Desk, 'thread'>;
  const proofs = new Proofs({ desk, cookieApi: api, api });
  const settle = async () => {
    for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
  };
  return { asked, proofs, state, settle };
}

describe('facts of proofs', () => {
  it('are fetched with a conversation, and again with each proof, not with each event', async () => {
    const { asked, proofs, state, settle } = made();
    state.value = conversation('a');
    await settle();
    await asked[0]?.answer(200, FACTS);
    expect(proofs.facts.value).toEqual({ conv: 'a', ...FACTS });
    state.value = { ...conversation('a'), reads: { staff: 4 } };
    state.value = conversation('a', PROOF);
    await settle();
    expect(asked.map(({ path }) => path)).toEqual(Array(2).fill('/agent/conversations/a/identity'));
    expect(proofs.facts.value).not.toBe(null);
  });

  it('of one conversation are never shown in another', async () => {
    const { asked, proofs, state, settle } = made();
    state.value = conversation('a');
    await settle();
    state.value = conversation('b');
    await settle();
    await asked[0]?.answer(200, FACTS);
    expect(proofs.facts.value).toBe(null);
    await asked[1]?.answer(200, FACTS);
    expect(proofs.facts.value?.conv).toBe('b');
    state.value = conversation('c');
    expect(proofs.facts.value).toBe(null);
  });

  it('that did not come are told, and asked for again', async () => {
    const { asked, proofs, state, settle } = made();
    state.value = conversation('a');
    await settle();
    await asked[0]?.answer(500, {});
    expect(proofs.failed.value).toBe(true);
    void proofs.refresh();
    await settle();
    expect(proofs.failed.value).toBe(false);
    await asked[1]?.answer(200, FACTS);
    expect(proofs.facts.value?.conv).toBe('a');
  });
});

describe('methods', () => {
  it('rule asking out only when the shop is known to have none', async () => {
    const { asked, proofs, settle } = made();
    expect(proofs.none).toBe(false);
    void proofs.load();
    await settle();
    await asked[0]?.answer(200, []);
    expect(proofs.none).toBe(true);
  });

  it('tell which prove at least a level', async () => {
    const { asked, proofs, settle } = made();
    expect(proofs.proving('high')).toBeNull();
    void proofs.load();
    await settle();
    await asked[0]?.answer(200, [
      { id: 'bank.a', label: 'Bank A', level: 'substantial' },
      { id: 'bank.b', label: 'Bank B', level: 'high' },
    ]);
    expect(proofs.proving('substantial')).toEqual(['Bank A', 'Bank B']);
    expect(proofs.proving('high')).toEqual(['Bank B']);
    expect(proofs.methods.value?.get('bank.a')).toBe('Bank A');
  });
});
