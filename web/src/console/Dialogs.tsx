/** The dialog that is open, if any. Each is its own file; they mount when they open. */
import type { VNode } from 'preact';
import { AdmitDialog } from './AdmitDialog';
import { CloseDialog } from './CloseDialog';
import { CommandBar } from './CommandBar';
import { EquipmentDialog } from './EquipmentDialog';
import { useEnv } from './env';
import { TakeDialog } from './floor/TakeDialog';
import { GuestsPart } from './guests/GuestsPart';
import { InviteDialog } from './InviteDialog';
import { AskDialog } from './identity/AskDialog';
import { EraseDialog } from './identity/EraseDialog';
import { GatesDialog } from './identity/GatesDialog';
import { RevealDialog } from './identity/RevealDialog';
import { KeysDialog } from './KeysDialog';
import { TransferDialog } from './queue/TransferDialog';
import { RulesDialog } from './RulesDialog';
import { EraseRecording } from './recordings/EraseRecording';
import { SettingsDialog } from './SettingsDialog';

export function Dialogs(): VNode | null {
  const { desk, screen } = useEnv();
  const open = screen.dialog.value;
  const state = desk.thread.value?.state.value ?? null;
  const close = () => {
    screen.dialog.value = null;
  };
  if (open === null) return null;
  if (typeof open === 'object') {
    if ('reveal' in open) return <RevealDialog proof={open.reveal} onClose={close} />;
    if ('erase' in open) return <EraseDialog proof={open.erase} onClose={close} />;
    if ('eraseRecording' in open) {
      const { eraseRecording, onErased } = open;
      return <EraseRecording recording={eraseRecording} {...{ onErased }} onClose={close} />;
    }
    if ('take' in open) return <TakeDialog state={open.take} onClose={close} />;
    if (!state) return null;
    return 'ask' in open ? (
      <AskDialog wish={open.ask} state={state} onClose={close} />
    ) : (
      <AdmitDialog expert={open.admit} state={state} onClose={close} />
    );
  }
  switch (open) {
    case 'close':
      return state && <CloseDialog state={state} onClose={close} />;
    case 'transfer':
      return state && <TransferDialog state={state} onClose={close} />;
    case 'invite':
      return state && <InviteDialog state={state} onClose={close} />;
    case 'keys':
      return <KeysDialog onClose={close} />;
    case 'settings':
      return <SettingsDialog onClose={close} />;
    case 'equipment':
      return <EquipmentDialog onClose={close} />;
    case 'rules':
      return <RulesDialog onClose={close} />;
    case 'gates':
      return <GatesDialog onClose={close} />;
    case 'guests':
      return state && <GuestsPart state={state} onClose={close} />;
    case 'commands':
      return <CommandBar onClose={close} />;
  }
}
