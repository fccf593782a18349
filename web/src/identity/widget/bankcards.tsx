/** While the bank has the word: its window is open, or was not let open. */
import { Button } from '@/ui/button.tsx';
import { ClockIcon, ExternalIcon, RetryIcon } from '@/ui/icons.tsx';
import { Left, TroubleLine } from './request.tsx';
import { useVerifying } from './view.ts';

export function WaitingCard() {
  const { verifying, words } = useVerifying();
  const label = verifying.method.value?.label ?? '';
  const closed = verifying.closed.value;
  return (
    <div class="identity-card">
      <h2>{words.waiting.title(label)}</h2>
      <p>{closed ? words.waiting.closed : words.waiting.lead}</p>
      <TimeLeft />
      <TroubleLine />
      <div class="identity-actions">
        {closed ? (
          <Button variant="primary" icon={<RetryIcon />} onClick={() => verifying.again()}>
            {words.waiting.again}
          </Button>
        ) : (
          <>
            <Button variant="primary" icon={<ExternalIcon />} onClick={() => verifying.goOn()}>
              {words.waiting.goOn}
            </Button>
            <Button icon={<RetryIcon />} onClick={() => verifying.again()}>
              {words.waiting.again}
            </Button>
          </>
        )}
        <CancelButton />
      </div>
    </div>
  );
}

export function BlockedCard() {
  const { verifying, words } = useVerifying();
  return (
    <div class="identity-card">
      <h2>{words.blocked.title}</h2>
      <p>{words.blocked.lead}</p>
      {verifying.canLeave && <p>{words.blocked.hereNote}</p>}
      <TimeLeft />
      <TroubleLine />
      <div class="identity-actions">
        <Button variant="primary" icon={<ExternalIcon />} onClick={() => verifying.openTab()}>
          {words.blocked.tab}
        </Button>
        {verifying.canLeave && (
          <Button onClick={() => verifying.openHere()}>{words.blocked.here}</Button>
        )}
        <CancelButton />
      </div>
    </div>
  );
}

export function TimeLeft() {
  const { verifying } = useVerifying();
  const request = verifying.request.value;
  if (!request) return null;
  return (
    <p class="identity-time">
      <ClockIcon />
      <Left until={request.expires_at} />
    </p>
  );
}

export function CancelButton() {
  const { verifying, words } = useVerifying();
  return (
    <Button
      variant="quiet"
      busy={verifying.cancelling.value}
      onClick={() => void verifying.cancel()}
    >
      {words.cancel}
    </Button>
  );
}
