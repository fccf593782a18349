/** What stands in the panel while the page is shown: who sees it, who may help, the ways out. */
import { useEffect, useState } from 'preact/hooks';
import type { CobrowseGrant } from '@/client/protocol.gen.ts';
import { clockText } from '@/i18n/index.ts';
import { Button, IconButton } from '@/ui/button.tsx';
import { CloseIcon } from '@/ui/icons.tsx';
import { useTrouble } from './cards.tsx';
import { EyeIcon, EyeOffIcon, HandIcon, PauseIcon, PlayIcon, StopIcon } from './icons.tsx';
import { coversPage, seenText, useSharing } from './view.ts';

/** The page is shown, or would be but for a pause. */
export function StatusBar() {
  const { sharing, host, words } = useSharing();
  const { pausing } = sharing;
  const reason = pausing.reason.value;
  const seen = !reason && !sharing.trouble.value && sharing.viewers.value.length > 0;
  const preview = sharing.preview.value;
  return (
    <div class="cobrowse-bar" data-seen={seen || undefined}>
      <p class="cobrowse-line">
        {seen ? <EyeIcon /> : <EyeOffIcon />}
        <StatusText />
      </p>
      <div class="cobrowse-actions">
        {reason === 'shopper' ? (
          <Button icon={<PlayIcon />} onClick={() => pausing.resume()}>
            {words.bar.goOn}
          </Button>
        ) : (
          !reason && (
            <Button variant="quiet" icon={<PauseIcon />} onClick={() => pausing.pause()}>
              {words.bar.pause}
            </Button>
          )
        )}
        <Button
          variant="quiet"
          icon={<EyeIcon />}
          aria-pressed={preview}
          disabled={!sharing.ready.value}
          onClick={() => {
            sharing.setPreview(!preview);
            if (!preview && coversPage()) host.tell({ t: 'close' });
          }}
        >
          {words.bar.preview}
        </Button>
        <Button variant="danger" icon={<StopIcon />} onClick={() => sharing.stop()}>
          {words.bar.stop}
        </Button>
      </div>
    </div>
  );
}

function StatusText() {
  const view = useSharing();
  const { sharing, words } = view;
  const trouble = useTrouble();
  const reason = sharing.pausing.reason.value;
  if (trouble) return <span>{trouble}</span>;
  if (reason) return <span>{words.bar[reason]}</span>;
  if (!sharing.connected.value || !sharing.ready.value) return <span>{words.bar.connecting}</span>;
  return <span>{seenText(view) ?? words.bar.unseen}</span>;
}

/** Somebody may help on the page, for so long. */
export function ControlBar({ grant }: { grant: CobrowseGrant }) {
  const { sharing, words, nameOf } = useSharing();
  const left = useLeft(grant.until);
  return (
    <div class="cobrowse-bar cobrowse-control">
      <p class="cobrowse-line">
        <HandIcon />
        <span>{words.control.on(nameOf(grant.agent), clockText(left))}</span>
      </p>
      <Button onClick={() => sharing.control.takeBack()}>{words.control.takeBack}</Button>
    </div>
  );
}

/** Seconds until a time of the server's clock, counted down. */
function useLeft(until: number): number {
  const { sharing } = useSharing();
  const [now, setNow] = useState(() => sharing.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(sharing.now()), 1000);
    return () => clearInterval(timer);
  }, [sharing]);
  return Math.max(0, Math.ceil((until - now) / 1000));
}

/** Another tab of this shopper shows its page. */
export function Elsewhere() {
  const { sharing, words } = useSharing();
  return (
    <div class="cobrowse-bar">
      <p class="cobrowse-line">
        <EyeIcon />
        <span>{words.elsewhere}</span>
      </p>
      <Button variant="danger" onClick={() => sharing.stop()}>
        {words.bar.stop}
      </Button>
    </div>
  );
}

export function EndedLine() {
  const { sharing, words } = useSharing();
  const ended = sharing.ended.value;
  if (!ended) return null;
  const { reason } = ended;
  return (
    <div class="cobrowse-bar">
      <p class="cobrowse-line">
        <EyeOffIcon />
        <span>
          {reason === 'left' || reason === 'limit' ? words.ended[reason] : words.ended.stopped}
        </span>
      </p>
      <IconButton
        label={words.ended.close}
        icon={<CloseIcon />}
        onClick={() => sharing.dismissEnded()}
      />
    </div>
  );
}
