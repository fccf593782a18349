import { describe, expect, it } from 'vitest';
import { Api } from '@/client/api';
import { ExpertSession, keptOutcome } from './session';

const seat = {
  token: 't',
  expires_in: 600,
  conversation: 'c',
  scope: ['chat'],
  you: { id: 'e', role: 'expert', name: 'E' },
};

/** A server that answers each path as told, and says which it was asked. */
function server(answers: Record<string, [number, unknown] | 'down'>) {
  const asked: string[] = [];
  const fetched = (async (url: string) => {
    const path = url.replace('/api/v1', '');
    asked.push(path);
    const answer = answers[path];
    if (answer === undefined || answer === 'down') throw new TypeError('down');
    return new Response(JSON.stringify(answer[1]), { status: answer[0] });
  }) as unknown as typeof fetch;
  return { api: new Api({ fetch: fetched }), asked };
}

const dead = (code: string): [number, unknown] => [410, { error: { code, message: code } }];

describe('the expert’s link', () => {
  it('shows who invites and what for, without using the link', async () => {
    const said = { outcome: 'open', site_name: 'Shop', by_name: 'Agent One', scope: ['hear'] };
    const { api, asked } = server({ '/invites/inspect': [200, said] });
    const session = new ExpertSession('secret', null, api);
    await session.look();
    expect(session.state.value).toEqual({
      at: 'invited',
      invited: { siteName: 'Shop', byName: 'Agent One', scope: ['hear'] },
    });
    expect(asked).toEqual(['/invites/inspect']);
  });

  it('takes a used link back to its seat in the browser that used it', async () => {
    const { api } = server({
      '/invites/inspect': [200, { outcome: 'used' }],
      '/expert/token': [200, seat],
    });
    const session = new ExpertSession('secret', null, api);
    await session.look();
    expect(session.state.value.at).toBe('seated');
  });

  it('tells any other browser that the link is used', async () => {
    const { api } = server({
      '/invites/inspect': [200, { outcome: 'used' }],
      '/expert/token': [401, { error: { code: 'signed_out', message: '' } }],
    });
    const session = new ExpertSession('secret', null, api);
    await session.look();
    expect(session.state.value).toEqual({ at: 'over', outcome: 'used' });
  });

  it.each(['revoked', 'expired', 'unknown'] as const)('says that a link is %s', async (outcome) => {
    const { api } = server({ '/invites/inspect': [200, { outcome }] });
    const session = new ExpertSession('secret', null, api);
    await session.look();
    expect(session.state.value).toEqual({ at: 'over', outcome });
  });

  it('tells after a reload why the seat has ended', async () => {
    const { api } = server({ '/expert/token': dead('invite_removed') });
    const session = new ExpertSession('', null, api);
    await session.look();
    expect(session.state.value).toEqual({ at: 'over', outcome: 'removed' });
  });

  it('still tells it when the server has forgotten the browser’s cookie', async () => {
    const { api } = server({ '/expert/token': [401, { error: { code: 'signed_out' } }] });
    const session = new ExpertSession('', keptOutcome('closed'), api);
    await session.look();
    expect(session.state.value).toEqual({ at: 'over', outcome: 'closed' });
    expect(keptOutcome('<script>')).toBeNull();
  });

  it('lets whoever was slower know that the link went to somebody else', async () => {
    const { api } = server({ '/invites/redeem': dead('invite_used') });
    const session = new ExpertSession('secret', null, api);
    await session.redeem('E');
    expect(session.state.value).toEqual({ at: 'over', outcome: 'used' });
  });

  it('does not call a link dead when the server was not reached', async () => {
    const { api } = server({ '/invites/inspect': 'down' });
    const session = new ExpertSession('secret', null, api);
    await session.look();
    expect(session.state.value).toEqual({ at: 'unreachable' });
  });
});
