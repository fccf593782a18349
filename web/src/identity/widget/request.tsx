/** The question: who asks, why, what is passed on, and the ways to answer. */
import { useEffect, useState } from 'preact/hooks';
import type { VerificationState } from '@/client/protocol.gen.ts';
import { clockText } from '@/i18n/dates.ts';
import { Button } from '@/ui/button.tsx';
import { ClockIcon, InfoIcon } from '@/ui/icons.tsx';
import { Spinner } from '@/ui/spinner.tsx';
import type { Method } from '../wire.ts';
import { IdIcon, LockIcon } from './icons.tsx';
import { useVerifying } from './view.ts';

export function RequestCard() {
  const { verifying, words, name, shop } = useVerifying();
  const request = verifying.request.value;
  if (!request) return null;
  const elsewhere = verifying.phase.value === 'elsewhere';
  const failed = verifying.failed.value;
  return (
    <div class="identity-card">
      <h2>{words.asked(name)}</h2>
      {elsewhere ? (
        <p class="identity-told">{words.elsewhere}</p>
      ) : failed ? (
        <p class="identity-told">{words.failed[failed]}</p>
      ) : (
        <Why request={request} />
      )}
      <ul class="identity-points">
        <li>
          <IdIcon />
          <span>{words.how}</span>
        </li>
        <li>
          <LockIcon />
          <span>
            {words.passed(shop)} {words.seen(name)}
          </span>
        </li>
        <li>
          <ClockIcon />
          <Left until={request.expires_at} />
        </li>
      </ul>
      <TroubleLine />
      <Choices />
      <div class="identity-actions">
        {elsewhere ? (
          <Button
            variant="quiet"
            busy={verifying.cancelling.value}
            onClick={() => void verifying.cancel()}
          >
            {words.cancel}
          </Button>
        ) : (
          <Button variant="quiet" onClick={() => verifying.decline()}>
            {words.notNow}
          </Button>
        )}
      </div>
    </div>
  );
}

function Why({ request }: { request: VerificationState }) {
  const { words, name } = useVerifying();
  return (
    <>
      <p>{words.purpose[request.purpose]}</p>
      {request.note && (
        <figure class="identity-note">
          <figcaption>{words.note(name)}</figcaption>
          <blockquote>{request.note}</blockquote>
        </figure>
      )}
    </>
  );
}

function Choices() {
  const { verifying, words, lang } = useVerifying();
  const methods = verifying.methods.value;
  const starting = verifying.phase.value === 'starting' ? verifying.method.value : null;
  if (!methods) {
    if (verifying.trouble.value) {
      return <Button onClick={() => void verifying.load()}>{words.retry}</Button>;
    }
    return (
      <p class="identity-loading">
        <Spinner label={words.loading} />
      </p>
    );
  }
  if (methods.length === 0) return <p class="identity-told">{words.none}</p>;
  const many = new Set(methods.map(({ country }) => country)).size > 1;
  return (
    <ul class="identity-methods" aria-label={words.choose}>
      {methods.map((method) => (
        <li key={method.id}>
          <Button
            variant="secondary"
            busy={starting?.id === method.id}
            disabled={starting !== null && starting.id !== method.id}
            onClick={() => verifying.choose(method)}
          >
            <span class="identity-method">
              <b>{method.label}</b>
              {many && <small>{countryName(method, lang)}</small>}
            </span>
          </Button>
        </li>
      ))}
    </ul>
  );
}

function countryName({ country }: Method, lang: string): string {
  return new Intl.DisplayNames([lang], { type: 'region' }).of(country) ?? country;
}

/** What stopped the last step. */
export function TroubleLine() {
  const { verifying, words } = useVerifying();
  const trouble = verifying.trouble.value;
  if (!trouble) return null;
  return (
    <p class="identity-told identity-bad">
      <InfoIcon />
      {words.trouble[trouble]}
    </p>
  );
}

/** The time that is left, counted down; to be read, not to be called out. */
export function Left({ until }: { until: number }) {
  const { verifying, words } = useVerifying();
  const [now, setNow] = useState(() => verifying.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(verifying.now()), 1000);
    return () => clearInterval(timer);
  }, [verifying]);
  return <span>{words.left(clockText(Math.max(0, Math.ceil((until - now) / 1000))))}</span>;
}
