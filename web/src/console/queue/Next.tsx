/** Takes whoever is next, as the router would have chosen; there while one may. */
import type { VNode } from 'preact';
import { Button } from '@/ui/button';
import { InboxIcon } from '@/ui/icons';
import { useEnv } from '../env';
import { keyOf, showKey } from '../keys';
import { isMac } from '../platform';

export function TakeNext({ wide = false }: { wide?: boolean }): VNode | null {
  const { prefs, q, standing } = useEnv();
  if (!standing.canPull.value) return null;
  const key = keyOf('pull', prefs.keys.value);
  const count = standing.frame.value?.next ?? 0;
  return (
    <Button
      variant={wide ? 'secondary' : 'primary'}
      class={wide ? 'take-next' : ''}
      title={q.next.waiting(count)}
      icon={<InboxIcon size={18} />}
      busy={standing.pulling.value}
      onClick={() => void standing.pull()}
    >
      {q.next.take}
      {key && <kbd>{showKey(key, isMac)}</kbd>}
    </Button>
  );
}
