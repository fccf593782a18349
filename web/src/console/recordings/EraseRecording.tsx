/** Erases a recording: asks first, and for a reason. */
import type { VNode } from 'preact';
import { EraseForm } from '../EraseForm';
import { useEnv } from '../env';
import { RECORDINGS } from './strings';

interface EraseRecordingProps {
  recording: string;
  onErased: () => void;
  onClose: () => void;
}

export function EraseRecording({ recording, onErased, onClose }: EraseRecordingProps): VNode {
  const { desk, lang } = useEnv();
  const w = RECORDINGS[lang];
  const erase = async (reason: string) => {
    await desk.cookieApi.request('DELETE', `/agent/recordings/${recording}`, { reason });
    onErased();
  };
  return (
    <EraseForm
      words={{ ...w, title: w.eraseTitle, submit: w.eraseNow, done: w.erasedNow }}
      lead={<p>{w.eraseLead}</p>}
      erase={erase}
      onClose={onClose}
    />
  );
}
