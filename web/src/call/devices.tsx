/** Pickers for camera, microphone and speaker; used before a call and in it. */
import { useEffect, useId, useState } from 'preact/hooks';
import type { Capture } from '@/client/capture.ts';
import '@/ui/field.css';
import { playTestSound } from './level.ts';
import type { CallWords } from './strings.en.ts';

type Kind = 'audio' | 'video' | 'speaker';

const INPUTS: Readonly<Record<Kind, MediaDeviceKind>> = {
  audio: 'audioinput',
  video: 'videoinput',
  speaker: 'audiooutput',
};

/** The devices there are; follows what is plugged in, and the labels that a permission brings. */
export function useDevices(capture: Capture): readonly MediaDeviceInfo[] {
  const [devices, setDevices] = useState<readonly MediaDeviceInfo[]>([]);
  const tracks = capture.tracks.value;
  useEffect(() => {
    let current = true;
    const list = () => capture.list().then((all) => current && setDevices(all));
    void list();
    navigator.mediaDevices?.addEventListener('devicechange', list);
    return () => {
      current = false;
      navigator.mediaDevices?.removeEventListener('devicechange', list);
    };
  }, [capture, tracks]);
  return devices;
}

export interface DevicePickersProps {
  capture: Capture;
  words: CallWords;
  kinds: readonly Kind[];
}

export function DevicePickers({ capture, words, kinds }: DevicePickersProps) {
  const devices = useDevices(capture);
  const canSelectSpeaker = 'setSinkId' in HTMLMediaElement.prototype;
  return (
    <div class="call-pickers">
      {kinds.map((kind) =>
        kind === 'speaker' && !canSelectSpeaker ? null : (
          <DevicePicker key={kind} {...{ capture, words, kind, devices }} />
        ),
      )}
      {kinds.includes('speaker') && (
        <button
          type="button"
          class="call-link"
          onClick={() => void playTestSound(capture.choice.value.speaker)}
        >
          {words.check.testSpeaker}
        </button>
      )}
    </div>
  );
}

interface DevicePickerProps {
  capture: Capture;
  words: CallWords;
  kind: Kind;
  devices: readonly MediaDeviceInfo[];
}

function DevicePicker({ capture, words, kind, devices }: DevicePickerProps) {
  const id = useId();
  const label = {
    audio: words.check.microphone,
    video: words.check.camera,
    speaker: words.check.speaker,
  }[kind];
  // Before the first permission there are entries without ids and labels: nothing to choose from.
  const known = devices.filter((device) => device.kind === INPUTS[kind] && device.deviceId);
  const track = kind === 'speaker' ? null : capture.tracks.value.get(SOURCE_OF[kind]);
  const chosen = capture.choice.value[kind] ?? track?.getSettings().deviceId ?? '';
  return (
    <div class="call-picker">
      <label for={id}>{label}</label>
      <select
        id={id}
        class="input"
        value={known.some(({ deviceId }) => deviceId === chosen) ? chosen : ''}
        disabled={known.length < 2}
        onChange={(event) => void capture.choose(kind, event.currentTarget.value)}
      >
        {!known.some(({ deviceId }) => deviceId === chosen) && (
          <option value="">{words.check.systemDefault}</option>
        )}
        {known.map((device, index) => (
          <option key={device.deviceId} value={device.deviceId}>
            {device.label || `${label} ${index + 1}`}
          </option>
        ))}
      </select>
    </div>
  );
}

const SOURCE_OF = { audio: 'audio', video: 'camera' } as const;
