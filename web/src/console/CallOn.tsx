/** The call that I am in, where its own panel is out of sight: that it is on, and recorded. */
import type { VNode } from 'preact';
import { Button } from '@/ui/button';
import { PhoneIcon } from '@/ui/icons';
import { useCalls } from './calls';
import { useEnv } from './env';
import { visitorName } from './names';
import { RecordingSign } from './recordings/RecordingSign';

interface CallOnProps {
  /** The conversation that is in sight, with the panel of its call. */
  shown: string | null;
  class?: string;
}

export function CallOn({ shown, class: extra = '' }: CallOnProps): VNode | null {
  const { desk, t } = useEnv();
  const on = useCalls().clients.value.find(
    ({ conv, client }) => conv !== shown && client.joined.value,
  );
  if (!on) return null;
  const row = desk.row(on.conv);
  return (
    <div class={`banner ${extra}`} data-tone="accent" role="status">
      <PhoneIcon />
      <p>
        {t.call.on}
        {row && `: ${visitorName(row.visitor, t)}`}
      </p>
      <RecordingSign recording={on.client.recording.on.value} />
      <Button onClick={() => desk.select(on.conv)}>{t.call.join}</Button>
    </div>
  );
}
