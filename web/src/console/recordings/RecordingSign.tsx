/** Says beside a call whose panel is not in sight that it is recorded, or that this rests. */
import type { VNode } from 'preact';
import type { RecordingState } from '@/client/protocol.gen';
import { useEnv } from '../env';
import './sign.css';

export function RecordingSign({ recording }: { recording: RecordingState | null }): VNode | null {
  const { t } = useEnv();
  if (!recording || recording.state === 'asked') return null;
  return (
    <span class="recording-sign" data-state={recording.state}>
      {recording.state === 'on' ? t.call.recorded : t.call.recordingRests}
    </span>
  );
}
