import { effect, signal } from '@preact/signals-core';
import { expect, test } from 'vitest';
import { Care } from './care.ts';
import type { Observed } from './detour.ts';
import type { FallbackState } from './fallback.ts';
import type { LinkState } from './link.ts';
import type { Source } from './negotiation.ts';
import type { Figures } from './protocol.gen.ts';

/** A call whose connection the test plays, a look at a time. */
class Call {
  readonly state = signal<LinkState>('closed');
  readonly observed = signal<Observed | null>(null);
  readonly camera = signal<FallbackState>('sending');
  readonly told: { leg: string; figures: Figures }[] = [];
  built = 0;
  available = 1_000_000;
  #now = 0;
  #packets = 0;
  #due: (() => void) | null = null;
  readonly care = new Care({
    clock: {
      now: () => this.#now,
      after: (_ms, fn) => {
        this.#due = fn;
        return () => {
          this.#due = null;
        };
      },
      random: () => 0,
    },
    link: Object.defineProperty(
      { state: this.state, observed: this.observed, built: 0, stats: async () => this.#report() },
      'built',
      { get: () => this.built },
    ),
    capture: { tracks: signal(new Map<Source, MediaStreamTrack>([['camera', {} as never]])) },
    outgoing: { camera: this.camera },
    tell: (leg, figures) => this.told.push({ leg, figures }),
  });

  constructor() {
    effect(() => this.care.follow());
  }

  async look(times = 1): Promise<void> {
    for (let i = 0; i < times; i++) {
      this.#now += 2_000;
      this.#due?.();
      await new Promise((resolve) => setTimeout(resolve));
    }
  }

  #report(): RTCStatsReport {
    this.#packets += 100;
    const stats = [
      { id: 'T', type: 'transport', selectedCandidatePairId: 'P' },
      {
        id: 'P',
        type: 'candidate-pair',
        localCandidateId: 'L',
        availableOutgoingBitrate: this.available,
      },
      { id: 'L', type: 'local-candidate', candidateType: 'host', protocol: 'udp' },
      { id: 'O', type: 'outbound-rtp', kind: 'audio', packetsSent: this.#packets },
    ];
    return new Map(stats.map((stat) => [stat.id, stat])) as unknown as RTCStatsReport;
  }
}

test('a move to a direct path and back is told as legs of their own', async () => {
  const call = new Call();
  call.built = 1;
  call.state.value = 'up';
  await call.look(2);
  call.observed.value = {} as Observed;
  await call.look(2);
  call.observed.value = {} as Observed; // what is observed changes all the time
  await call.look();
  call.observed.value = null;
  await call.look();
  call.care.end();
  const legs = new Map(call.told.map(({ leg, figures }) => [leg, figures]));
  expect([...legs.values()].map(({ path, seconds }) => [path, seconds])).toEqual([
    ['udp', 4],
    ['direct', 6],
    ['udp', 2],
  ]);
});

test('a weak connection pauses the camera, and the end of the call lets it go', async () => {
  const call = new Call();
  call.built = 1;
  call.state.value = 'up';
  await call.look(3);
  call.available = 100_000;
  await call.look(4);
  expect(call.camera.value).toBe('paused');
  call.care.insist();
  expect(call.camera.value).toBe('sending');
  await call.look(40);
  expect(call.camera.value).not.toBe('sending');
  call.care.end();
  expect(call.camera.value).toBe('sending');
  expect(call.told.at(-1)?.figures.fallbacks).toBe(2);
});
