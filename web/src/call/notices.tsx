/** What went wrong, in plain words, with the way on: video → voice → chat. */
import { batch } from '@preact/signals-core';
import type { Trouble } from '@/client/capture.ts';
import { Button, IconButton } from '@/ui/button.tsx';
import { CloseIcon, WarningIcon } from '@/ui/icons.tsx';
import { useCall } from './context.ts';
import type { CallWords } from './strings.en.ts';

export function troubleText({ what, reason }: Trouble, words: CallWords): string {
  return words.trouble[what][reason];
}

/** Trouble with a device while in the call. The call goes on without it. */
export function TroubleNotice() {
  const { client, words } = useCall();
  const trouble = client.trouble.value;
  if (!trouble) return null;
  const { what } = trouble;
  const retry = () => {
    if (what === 'screen') void client.setScreen(true);
    else if (what === 'video') void client.setCamera(true);
    else void client.setMic(true);
  };
  return (
    <div class="call-notice" role="alert">
      <WarningIcon />
      <p>{troubleText(trouble, words)}</p>
      <div class="call-notice-actions">
        {trouble.reason !== 'unsupported' && trouble.reason !== 'blocked' && (
          <Button onClick={retry}>{words.trouble.retry}</Button>
        )}
        <IconButton
          label={words.trouble.dismiss}
          icon={<CloseIcon />}
          onClick={() => client.capture.dismissTrouble()}
        />
      </div>
    </div>
  );
}

/** Our camera is paused for a weak connection; it is tried again by itself. */
export function PausedNotice() {
  const { client, words } = useCall();
  if (!client.cameraPaused.value) return null;
  return (
    <div class="call-notice" role="status">
      <WarningIcon />
      <p>{words.paused.text}</p>
      <div class="call-notice-actions">
        <Button onClick={() => void client.setCamera(true)}>{words.paused.now}</Button>
        <Button variant="quiet" onClick={() => void client.setCamera(false)}>
          {words.paused.off}
        </Button>
      </div>
    </div>
  );
}

/** The server refused something. */
export function RefusalNotice() {
  const { client, words } = useCall();
  const code = client.refusal.value;
  if (!code) return null;
  const known: Partial<Record<string, string>> = words.refusal;
  return (
    <div class="call-notice" role="alert">
      <WarningIcon />
      <p>{known[code] ?? words.refusal.other}</p>
      <IconButton
        label={words.trouble.dismiss}
        icon={<CloseIcon />}
        onClick={() => client.dismissRefusal()}
      />
    </div>
  );
}

/** Somebody asks us to turn something on; only we can. */
export function AskedNotice() {
  const { client, words, nameOf } = useCall();
  const asked = client.asked.value;
  if (!asked) return null;
  const accept = () =>
    batch(() => {
      client.dismissAsked();
      if (asked.media === 'screen') void client.setScreen(true);
      else if (asked.media === 'video') void client.setCamera(true);
      else void client.setMic(true);
    });
  return (
    <div class="call-notice call-notice-ask" role="alert">
      <p>{words.asked.title(nameOf(asked.by), words.asked[asked.media])}</p>
      <div class="call-notice-actions">
        <Button variant="primary" onClick={accept}>
          {asked.media === 'screen' ? words.asked.share : words.asked.yes}
        </Button>
        <Button variant="quiet" onClick={() => client.dismissAsked()}>
          {words.asked.no}
        </Button>
      </div>
    </div>
  );
}
