import { expect, test } from 'vitest';
import { Capture, type DeviceChoice, type DeviceKind, LARGE, reasonOf, SMALL } from './capture.ts';

class Track {
  readonly kind: string;
  readyState = 'live';
  muted = false;
  enabled = true;
  onended: (() => void) | null = null;
  constructor(kind: string) {
    this.kind = kind;
  }
  stop(): void {
    this.readyState = 'ended';
  }
}

const fails = (name: string, message = ''): DOMException => new DOMException(message, name);

/** The devices of a machine; `broken` says which cannot be had, and why. */
class Machine {
  broken: Partial<Record<DeviceKind, DOMException>> = {};
  permissions: Partial<Record<DeviceKind, PermissionState>> = {};
  saved: DeviceChoice = {};
  readonly asked: MediaStreamConstraints[] = [];
  readonly tracks: Track[] = [];
  readonly capture: Capture;

  constructor() {
    this.capture = new Capture(
      {
        mediaDevices: { getUserMedia: (wanted) => this.#open(wanted) } as MediaDevices,
        permission: async (kind) => this.permissions[kind] ?? null,
        choice: {
          load: () => this.saved,
          save: (choice) => {
            this.saved = choice;
          },
        },
      },
      SMALL,
    );
  }

  async #open(wanted: MediaStreamConstraints = {}): Promise<MediaStream> {
    this.asked.push(wanted);
    const kinds = (['audio', 'video'] as const).filter((kind) => wanted[kind]);
    await Promise.resolve();
    for (const kind of kinds) if (this.broken[kind]) throw this.broken[kind];
    const tracks = kinds.map((kind) => new Track(kind));
    this.tracks.push(...tracks);
    return { getTracks: () => tracks } as unknown as MediaStream;
  }

  get open(): string[] {
    return [...this.capture.tracks.value.keys()].sort();
  }
}

test('camera and microphone are asked for in one question', async () => {
  const machine = new Machine();
  expect(await machine.capture.open(['audio', 'video'])).toEqual([]);
  expect(machine.asked).toHaveLength(1);
  expect(machine.open).toEqual(['audio', 'camera']);
});

test('a question that is open is not asked again', async () => {
  const machine = new Machine();
  await Promise.all([
    machine.capture.open(['audio', 'video']),
    machine.capture.open(['audio', 'video']),
    machine.capture.open(['audio']),
  ]);
  expect(machine.asked).toHaveLength(1);
  expect(machine.tracks.filter(({ readyState }) => readyState === 'live')).toHaveLength(2);
});

test('a missing camera does not take the microphone away', async () => {
  const machine = new Machine();
  machine.broken = { video: fails('NotFoundError') };
  const troubles = await machine.capture.open(['audio', 'video']);
  expect(troubles).toEqual([{ what: 'video', reason: 'missing' }]);
  expect(machine.open).toEqual(['audio']);
});

test('a refusal of the camera alone keeps the microphone where the browser tells', async () => {
  const machine = new Machine();
  machine.broken = { video: fails('NotAllowedError') };
  machine.permissions = { audio: 'granted', video: 'denied' };
  const troubles = await machine.capture.open(['audio', 'video']);
  expect(troubles).toEqual([{ what: 'video', reason: 'denied' }]);
  expect(machine.open).toEqual(['audio']);
});

test('a closed question is not shown again by itself', async () => {
  const machine = new Machine();
  machine.broken = { audio: fails('NotAllowedError', 'Permission dismissed') };
  const troubles = await machine.capture.open(['audio', 'video']);
  expect(troubles.map(({ reason }) => reason)).toEqual(['dismissed', 'dismissed']);
  expect(machine.asked).toHaveLength(1);
});

test('a device that comes after everything was let go is let go too', async () => {
  const machine = new Machine();
  const opening = machine.capture.open(['audio']);
  machine.capture.release();
  await opening;
  expect(machine.open).toEqual([]);
  expect(machine.tracks.every(({ readyState }) => readyState === 'ended')).toBe(true);
});

test('an unplugged microphone is told; turning it off ourselves is not', async () => {
  const machine = new Machine();
  await machine.capture.open(['audio']);
  machine.capture.close('audio');
  expect(machine.capture.trouble.value).toBeNull();
  await machine.capture.open(['audio']);
  machine.tracks.at(-1)?.onended?.();
  expect(machine.capture.trouble.value).toEqual({ what: 'audio', reason: 'unplugged' });
  expect(machine.open).toEqual([]);
  await machine.capture.open(['audio']);
  expect(machine.capture.trouble.value).toBeNull();
});

test('a chosen device is opened in place of the old one, and remembered', async () => {
  const machine = new Machine();
  await machine.capture.open(['audio']);
  const old = machine.tracks[0];
  if (old) old.enabled = false;
  await machine.capture.choose('audio', 'headset');
  expect(machine.saved).toEqual({ audio: 'headset' });
  expect(machine.asked.at(-1)?.audio).toMatchObject({ deviceId: { ideal: 'headset' } });
  expect(old?.readyState).toBe('ended');
  expect(machine.tracks.at(-1)?.enabled).toBe(false); // muted stays muted
});

test('the rear camera is opened sharp, whatever was chosen before', async () => {
  const machine = new Machine();
  await machine.capture.choose('video', 'front');
  await machine.capture.open(['video']);
  await machine.capture.flip();
  expect(machine.asked.at(-1)?.video).toMatchObject({
    facingMode: 'environment',
    width: { ideal: LARGE.width },
  });
});

test('what the system took while the page was away is taken anew, and only that', async () => {
  const machine = new Machine();
  await machine.capture.open(['audio', 'video']);
  const camera = machine.tracks.find(({ kind }) => kind === 'video');
  if (camera) camera.muted = true;
  await machine.capture.refresh();
  expect(machine.asked.slice(1).map(({ audio, video }) => [!!audio, !!video])).toEqual([
    [false, true],
  ]);
  expect(machine.open).toEqual(['audio', 'camera']);
});

test('a page that is not secure has no devices, and says so', async () => {
  const capture = new Capture(
    {
      mediaDevices: undefined,
      permission: async () => null,
      choice: { load: () => ({}), save: () => {} },
    },
    SMALL,
  );
  expect(await capture.open(['audio'])).toEqual([{ what: 'audio', reason: 'unsupported' }]);
  expect(await capture.openScreen()).toBe(false);
  expect(capture.trouble.value).toEqual({ what: 'screen', reason: 'unsupported' });
});

test.each([
  ['NotAllowedError', 'Permission denied', 'denied'],
  ['NotAllowedError', 'Permission dismissed', 'dismissed'],
  ['NotAllowedError', 'Permission denied by permissions policy', 'blocked'],
  ['SecurityError', '', 'blocked'],
  ['NotFoundError', '', 'missing'],
  ['OverconstrainedError', '', 'missing'],
  ['NotReadableError', 'Could not start video source', 'busy'],
  ['AbortError', '', 'busy'],
  ['TypeError', '', 'unsupported'],
])('%s (%s) is %s', (name, message, reason) => {
  expect(reasonOf({ name, message })).toBe(reason);
});
