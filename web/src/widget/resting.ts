/**
 * Whether the recording of a call rests by the word of the shop's page: `recording:pause` holds it
 * as long as that page is shown, `recording:resume` lets it go on. A page that says nothing lets go
 * of what a page before it in this tab has held, and of nothing else: the shop's own tools may hold
 * it too (docs/recording.md). Pure.
 */
import type { RecordingState } from '@/client/protocol.gen.ts';

const PAUSE = 'recording:pause';
const RESUME = 'recording:resume';

/**
 * What to ask for now. `said`: by the page, last. `held`: the recording that this tab has paused.
 */
export function wish(
  said: unknown,
  recording: RecordingState | null,
  held: string | null,
): 'pause' | 'resume' | null {
  if (!recording || recording.state === 'asked') return null;
  const rests = recording.pauses?.includes('shop') ?? false;
  if (said === PAUSE) return rests ? null : 'pause';
  return rests && (said === RESUME || held === recording.id) ? 'resume' : null;
}
