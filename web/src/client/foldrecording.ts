/** The recording of a call in the browser's fold: `step_recording` of `server/domain/membership.py`. */
import type { CallState, RecordingState, TimelineEvent } from './protocol.gen.ts';

/** Return the call after an event of its recording. */
export function stepRecording(
  call: CallState | null,
  { event, at, by }: TimelineEvent,
): CallState | null {
  if (!call) return null;
  if (event.kind === 'recording_asked') {
    const asked: RecordingState = {
      id: event.recording,
      by,
      state: 'asked',
      consents: [by],
      days: event.days ?? 0,
    };
    return { ...call, recording: asked };
  }
  const known = call.recording;
  if (!known || !('recording' in event) || known.id !== event.recording) return call;
  const pauses = known.pauses ?? [];
  switch (event.kind) {
    case 'recording_consented': {
      const others = known.consents.filter((person) => person.id !== by.id);
      return { ...call, recording: { ...known, consents: [...others, by] } };
    }
    case 'recording_started':
      return { ...call, recording: { ...known, state: 'on', started_at: at } };
    case 'recording_paused': {
      const others = pauses.filter((reason) => reason !== event.reason);
      const recording = { ...known, state: 'paused' as const, pauses: [...others, event.reason] };
      return { ...call, recording };
    }
    case 'recording_resumed': {
      const held = pauses.filter((reason) => reason !== event.reason);
      const state = held.length > 0 ? ('paused' as const) : ('on' as const);
      return { ...call, recording: { ...known, state, pauses: held } };
    }
    case 'recording_ended':
      return { ...call, recording: null };
    default:
      return call;
  }
}
