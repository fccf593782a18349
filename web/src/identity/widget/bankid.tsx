/** BankID: a code for the phone's camera, or the app on this device. */
import { useMemo } from 'preact/hooks';
import { ExternalIcon } from '@/ui/icons.tsx';
import { Spinner } from '@/ui/spinner.tsx';
import { hintWords } from '../hints.ts';
import { drawQr } from '../qr.ts';
import { CancelButton, TimeLeft } from './bankcards.tsx';
import { TroubleLine } from './request.tsx';
import { useVerifying } from './view.ts';

export function BankIdCard() {
  const { verifying, words, lang, phone } = useVerifying();
  const { lost, progress } = verifying.polling;
  const { autostart, hint, qr } = progress.value ?? {};
  const link = autostart?.startsWith('http') && <OpenLink href={autostart} main={phone} />;
  return (
    <div class="identity-card">
      <h2>{verifying.method.value?.label}</h2>
      {phone && link}
      {phone && qr && <p>{words.bankid.orScan}</p>}
      <div class="identity-scan">
        <Code text={lost.value ? null : (qr ?? null)} />
        <div class="identity-steps">
          <ol>
            {words.bankid.steps.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
          {!phone && link}
        </div>
      </div>
      <p class="identity-told">{lost.value ? words.bankid.lost : hintWords(hint, lang)}</p>
      <TimeLeft />
      <TroubleLine />
      <div class="identity-actions">
        <CancelButton />
      </div>
    </div>
  );
}

/** The square keeps its place while there is no code in it. */
function Code({ text }: { text: string | null }) {
  const { words } = useVerifying();
  const drawn = useMemo(() => (text ? drawQr(text) : null), [text]);
  return (
    <div class="identity-code">
      {drawn ? (
        <svg
          viewBox={`0 0 ${drawn.size} ${drawn.size}`}
          shape-rendering="crispEdges"
          role="img"
          aria-label={words.bankid.code}
        >
          <path d={drawn.path} />
        </svg>
      ) : (
        <Spinner label={words.loading} />
      )}
    </div>
  );
}

function OpenLink({ href, main }: { href: string; main: boolean }) {
  const { words } = useVerifying();
  return (
    <a
      class={`button ${main ? 'button-primary' : 'button-secondary'} identity-open`}
      href={href}
      target="_blank"
      rel="noopener noreferrer"
    >
      <ExternalIcon />
      {words.bankid.open}
    </a>
  );
}
