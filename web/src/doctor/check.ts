/**
 * One check before a call: devices and network at the same time, each told as it is found.
 *
 *   idle ──run──► running ──all is known, or time is up──► done ──run──► running
 *                    └────────────stop────────────► idle
 */
import { batch, computed, type ReadonlySignal, signal } from '@preact/signals-core';
import type { Capture, DeviceKind } from '@/client/capture.ts';
import { checkNetwork, type NetworkParts } from './network.ts';
import { type Device, type Findings, judge, type Verdict, type WayFound } from './verdict.ts';

const LISTEN = 4_000; // ms of silence after which a microphone is told to be silent

const NOTHING: Findings = {
  camera: 'asking',
  microphone: 'asking',
  heard: null,
  sound: null,
  ways: [],
  link: null,
};

export interface CheckParts extends NetworkParts {
  capture: Capture;
}

export class Check {
  readonly #parts: CheckParts;
  readonly #findings = signal<Findings>(NOTHING);
  readonly #running = signal(false);
  #abort = new AbortController();
  #cancelListening: () => void = () => {};

  readonly verdict: ReadonlySignal<Verdict> = computed(() => judge(this.#findings.value));

  constructor(parts: CheckParts) {
    this.#parts = parts;
  }

  get findings(): ReadonlySignal<Findings> {
    return this.#findings;
  }

  get running(): ReadonlySignal<boolean> {
    return this.#running;
  }

  get capture(): Capture {
    return this.#parts.capture;
  }

  /** Begins anew. `kinds`: the devices that are wanted. */
  async run(kinds: readonly DeviceKind[]): Promise<void> {
    this.stop();
    const abort = new AbortController();
    this.#abort = abort;
    batch(() => {
      this.#running.value = true;
      this.#findings.value = {
        ...NOTHING,
        sound: this.#findings.value.sound,
        camera: kinds.includes('video') ? 'asking' : 'off',
        microphone: kinds.includes('audio') ? 'asking' : 'off',
      };
    });
    const set = (change: Partial<Findings>) => {
      if (!abort.signal.aborted) this.#set(change);
    };
    const network = checkNetwork(
      this.#parts,
      {
        way: (found) => set({ ways: withWay(this.#findings.peek().ways, found) }),
        link: (link) => set({ link }),
      },
      abort.signal,
    ).catch(() => set({ link: 'unavailable' }));
    await Promise.all([network, this.#devices(kinds, set)]);
    if (!abort.signal.aborted) this.#running.value = false;
  }

  /** The microphone heard something. */
  heard(): void {
    this.#cancelListening();
    if (this.#findings.peek().heard !== true) this.#set({ heard: true });
  }

  /** The person heard the test sound, or did not. */
  sounded(heard: boolean): void {
    this.#set({ sound: heard });
  }

  /** Ends what runs. Devices stay open: they are the call's. */
  stop(): void {
    this.#abort.abort();
    this.#cancelListening();
    this.#running.value = false;
  }

  async #devices(
    kinds: readonly DeviceKind[],
    set: (change: Partial<Findings>) => void,
  ): Promise<void> {
    const { capture } = this.#parts;
    const troubles = kinds.length > 0 ? await capture.open(kinds) : [];
    const found = (kind: DeviceKind): Device =>
      kinds.includes(kind) ? (troubles.find(({ what }) => what === kind)?.reason ?? 'ok') : 'off';
    set({ camera: found('video'), microphone: found('audio') });
    if (found('audio') !== 'ok') return;
    this.#cancelListening = this.#parts.clock.after(LISTEN, () => {
      if (this.#findings.peek().heard === null) set({ heard: false });
    });
  }

  #set(change: Partial<Findings>): void {
    this.#findings.value = { ...this.#findings.peek(), ...change };
  }
}

function withWay(ways: readonly WayFound[], found: WayFound): WayFound[] {
  const known = ways.some(({ way }) => way === found.way);
  return known ? ways.map((one) => (one.way === found.way ? found : one)) : [...ways, found];
}
