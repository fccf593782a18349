import { describe, expect, test } from 'vitest';
import {
  type Findings,
  judge,
  type Measured,
  onlyBy,
  relaysOf,
  transportsOf,
  waysOf,
} from './verdict.ts';

const LINK: Measured = {
  up: 1500,
  down: 1500,
  upCapped: true,
  downCapped: true,
  rtt: 30,
  lossUp: 0,
  lossDown: 0,
};
const FINE: Findings = {
  camera: 'ok',
  microphone: 'ok',
  heard: true,
  sound: null,
  ways: [{ way: 'udp', state: 'open', ms: 40 }],
  link: LINK,
};

function but(change: Partial<Findings>): Findings {
  return { ...FINE, ...change };
}

function link(change: Partial<Measured>): Findings {
  return but({ link: { ...LINK, ...change } });
}

describe('the verdict', () => {
  test('without a problem is video', () => {
    expect(judge(FINE)).toEqual({ mode: 'video', problems: [], done: true });
  });

  test.each([
    [link({ up: 400 }), 'video', []],
    [link({ up: 399 }), 'voice', ['weak-for-video']],
    [link({ down: 60 }), 'voice', ['weak-for-video']],
    [link({ down: 59 }), 'chat', ['weak-for-voice']],
    [link({ lossDown: 11 }), 'voice', ['loss']],
    [link({ lossUp: 21 }), 'chat', ['loss']],
    [link({ rtt: 801 }), 'voice', ['delay']],
    [link({ rtt: 1501 }), 'chat', ['delay']],
    [but({ camera: 'missing' }), 'voice', ['camera']],
    [but({ microphone: 'denied' }), 'chat', ['microphone']],
    [but({ camera: 'off' }), 'video', []],
    [but({ heard: false }), 'video', ['silent']],
    [but({ sound: false }), 'video', ['speaker']],
    [but({ link: 'offline', ways: [] }), 'chat', ['offline']],
    [but({ link: 'unavailable', ways: [] }), 'chat', ['unavailable']],
    [but({ link: 'too-many', ways: [] }), 'video', ['too-many']],
  ] as const)('of %# is what is best there', (findings, mode, problems) => {
    expect(judge(findings)).toEqual({ mode, problems, done: true });
  });

  test('names a network that lets nothing through, and offers chat', () => {
    const ways = [{ way: 'udp', state: 'shut', ms: null }] as const;
    expect(judge(but({ ways, link: 'shut' }))).toMatchObject({ mode: 'chat', problems: ['shut'] });
  });

  test('says that a call goes by a detour, and offers what it carries', () => {
    const ways = [
      { way: 'udp', state: 'shut', ms: null },
      { way: 'relay-tls', state: 'open', ms: 300 },
    ] as const;
    expect(judge(but({ ways }))).toMatchObject({ mode: 'video', problems: ['udp'] });
  });

  test('of several problems is the least of what they allow, the worst first', () => {
    const findings = but({ microphone: 'busy', camera: 'busy', link: { ...LINK, up: 100 } });
    expect(judge(findings)).toMatchObject({
      mode: 'chat',
      problems: ['microphone', 'weak-for-video', 'camera'],
    });
  });

  test.each([
    but({ link: null }),
    but({ camera: 'asking' }),
    but({ microphone: 'asking' }),
    but({ ways: [{ way: 'tcp', state: 'trying', ms: null }] }),
  ])('waits for what is not known yet (%#)', (findings) => {
    expect(judge(findings).done).toBe(false);
  });
});

describe('the ways', () => {
  const ice: RTCConfiguration = {
    iceServers: [
      { urls: 'stun:s.example' },
      {
        urls: [
          'turns:t.example:443',
          'turn:t.example',
          'turn:t.example?transport=tcp',
          'turn:u.example',
        ],
        username: 'u',
        credential: 'c',
      },
    ],
  };

  test('are those that are configured, the direct ones first', () => {
    const all = new Set(['udp', 'tcp'] as const);
    expect(waysOf({}, new Set(['udp'] as const))).toEqual(['udp']);
    expect(waysOf(ice, all)).toEqual(['udp', 'tcp', 'relay-udp', 'relay-tcp', 'relay-tls']);
    expect(waysOf({ ...ice, iceTransportPolicy: 'relay' }, all)).toEqual([
      'relay-udp',
      'relay-tcp',
      'relay-tls',
    ]);
  });

  test('by relay are tried one server at a time, with its credentials', () => {
    expect(relaysOf(ice).get('relay-udp')).toEqual({
      urls: 'turn:t.example',
      username: 'u',
      credential: 'c',
    });
  });

  test('of an answer are those of its candidates, and one can be left alone', () => {
    const sdp = [
      'v=0',
      'a=candidate:1 1 udp 2130706431 127.0.0.1 5000 typ host',
      'a=candidate:2 1 TCP 1518280447 127.0.0.1 5000 typ host tcptype passive',
      'a=end-of-candidates',
      '',
    ].join('\r\n');
    expect(transportsOf(sdp)).toEqual(new Set(['udp', 'tcp']));
    expect(transportsOf(onlyBy(sdp, 'udp'))).toEqual(new Set(['udp']));
    expect(transportsOf(onlyBy(sdp, 'tcp'))).toEqual(new Set(['tcp']));
    expect(onlyBy(sdp, 'tcp')).toContain('a=end-of-candidates\r\n');
  });
});
