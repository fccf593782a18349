/** The buttons of a call. Toggles say what they do now, and are pressed while they are on. */
import type { RefObject } from 'preact';
import { useState } from 'preact/hooks';
import { IconButton } from '@/ui/button.tsx';
import { Dialog } from '@/ui/dialog.tsx';
import {
  CameraIcon,
  CameraOffIcon,
  ExternalIcon,
  HangUpIcon,
  MicIcon,
  MicOffIcon,
  MoreIcon,
  PeopleIcon,
  PipIcon,
  RecordIcon,
  RetryIcon,
  ScreenIcon,
  SettingsIcon,
} from '@/ui/icons.tsx';
import { Menu, type MenuItem } from '@/ui/menu.tsx';
import { useCall } from './context.ts';
import { DevicePickers, useDevices } from './devices.tsx';
import { pipSupported, togglePip } from './pip.ts';

export interface ControlsProps {
  stage: RefObject<HTMLDivElement | null>;
  onPopOut?: (() => void) | undefined;
}

export function Controls({ stage, onPopOut }: ControlsProps) {
  const { client, words } = useCall();
  const [settings, setSettings] = useState(false);
  const mic = client.micOn.value;
  const camera = client.cameraOn.value;
  const screen = client.screenOn.value;
  const canShare = typeof navigator.mediaDevices?.getDisplayMedia === 'function';
  return (
    <fieldset class="call-controls" aria-label={words.controls.group}>
      {client.maySend.value && (
        <>
          <IconButton
            label={mic ? words.controls.mute : words.controls.unmute}
            pressed={mic}
            icon={mic ? <MicIcon /> : <MicOffIcon />}
            class={mic ? 'call-control' : 'call-control call-off'}
            onClick={() => void client.setMic(!mic)}
          />
          <IconButton
            label={camera ? words.controls.cameraOff : words.controls.cameraOn}
            pressed={camera}
            icon={camera ? <CameraIcon /> : <CameraOffIcon />}
            class={camera ? 'call-control' : 'call-control call-off'}
            onClick={() => void client.setCamera(!camera)}
          />
          {canShare && (
            <IconButton
              label={screen ? words.controls.screenOff : words.controls.screenOn}
              pressed={screen}
              icon={<ScreenIcon />}
              class="call-control"
              onClick={() => void client.setScreen(!screen)}
            />
          )}
        </>
      )}
      <MoreMenu stage={stage} onPopOut={onPopOut} onSettings={() => setSettings(true)} />
      <IconButton
        label={words.controls.hangUp}
        variant="danger"
        icon={<HangUpIcon />}
        class="call-control call-hang-up"
        onClick={() => void client.hangUp()}
      />
      {settings && (
        <Dialog
          title={words.controls.devices}
          closeLabel={words.controls.close}
          onClose={() => setSettings(false)}
        >
          <DevicePickers
            capture={client.capture}
            words={words}
            kinds={['video', 'audio', 'speaker']}
          />
        </Dialog>
      )}
    </fieldset>
  );
}

function MoreMenu({ stage, onPopOut, onSettings }: ControlsProps & { onSettings: () => void }) {
  const { client, words, lang, mayRecord } = useCall();
  const devices = useDevices(client.capture);
  const me = client.me.value;
  const staff = me?.role === 'agent' || me?.role === 'supervisor';
  const call = client.call.value;
  // Phones name no facing in the list before a camera is open, so two cameras are the sign.
  const cameras = devices.filter(({ kind }) => kind === 'videoinput').length;
  const touch = matchMedia('(pointer: coarse)').matches;
  const items: MenuItem[] = [
    { label: words.controls.devices, icon: <SettingsIcon />, run: onSettings },
  ];
  if (touch && cameras > 1 && client.cameraOn.value) {
    items.push({
      label: words.controls.flip,
      icon: <RetryIcon />,
      run: () => void client.capture.flip(),
    });
  }
  if (pipSupported() && client.remotes.value.some(({ track }) => track.kind === 'video')) {
    items.push({
      label: words.controls.pip,
      icon: <PipIcon />,
      run: () => {
        // Refused without a picture that plays yet: pressing again is all there is to do.
        if (stage.current) togglePip(stage.current).catch(() => {});
      },
    });
  }
  if (onPopOut) items.push({ label: words.controls.popOut, icon: <ExternalIcon />, run: onPopOut });
  if (staff && call?.private) {
    items.push({
      label: words.controls.openToVisitor,
      icon: <PeopleIcon />,
      run: () => void client.openToVisitor(),
    });
  }
  if (staff && mayRecord && call?.state === 'active' && !call.private && !call.recording) {
    items.push({
      label: words.recording.start,
      icon: <RecordIcon />,
      run: () => void client.recording.ask(lang),
    });
  }
  if (staff && client.others.value.length > 1) {
    items.push({
      label: words.controls.endForAll,
      icon: <HangUpIcon />,
      danger: true,
      run: () => void client.endForAll(),
    });
  }
  return <Menu label={words.controls.more} icon={<MoreIcon />} items={items} side="up" />;
}
