/** The way to outside sources and players; what stands behind it is fetched when it is taken. */
import { useSignal } from '@preact/signals';
import type { FunctionComponent, VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import type { ConversationState } from '@/client/protocol.gen';
import { useEnv } from '../env';
import type { GuestsDialogProps } from './GuestsDialog';

/** Who lets them in: a supervisor, into the call that is on. */
export function mayLetIn(state: ConversationState | null, role: string): boolean {
  return role === 'supervisor' && state?.call != null;
}

export function GuestsPart(props: GuestsDialogProps): VNode | null {
  const { desk } = useEnv();
  const part = useSignal<FunctionComponent<GuestsDialogProps> | null>(null);
  useEffect(() => {
    let left = false;
    import('./index').then(
      ({ GuestsDialog }) => {
        if (!left) part.value = GuestsDialog;
      },
      () => {
        if (left) return;
        desk.notify({ word: 'other' });
        props.onClose();
      },
    );
    return () => {
      left = true;
    };
  }, [desk, part]);
  const Part = part.value;
  return Part && <Part {...props} />;
}
