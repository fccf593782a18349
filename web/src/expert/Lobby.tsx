/** Before the link is used: who asks, what is allowed, one's name, and a look at the devices. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Capture } from '@/client/capture';
import type { I18n } from '@/i18n';
import { Button } from '@/ui/button';
import { Field } from '@/ui/field';
import { CheckIcon } from '@/ui/icons';
import { Spinner } from '@/ui/spinner';
import type { ExpertSession, Invited } from './session';
import type { Words } from './words';

type CallModule = typeof import('@/call');

interface LobbyProps {
  session: ExpertSession;
  invited: Invited;
  words: I18n<Words>;
}

export function Lobby({ session, invited, words }: LobbyProps): VNode {
  const t = words.t.value.expert;
  const name = useSignal('');
  const error = useSignal('');
  const step = useSignal<'name' | 'devices'>('name');
  const busy = useSignal(false);
  const card = useRef<HTMLDivElement>(null);
  const speaks = invited.scope.includes('speak');

  const join = async () => {
    if (busy.value) return;
    busy.value = true;
    error.value = '';
    try {
      await session.redeem(name.value.trim());
    } catch {
      error.value = t.failed;
    } finally {
      busy.value = false;
    }
  };
  const submit = (event: Event) => {
    event.preventDefault();
    if (name.value.trim() === '') {
      error.value = t.nameMissing;
      card.current?.querySelector('input')?.focus();
      return;
    }
    error.value = '';
    if (speaks) step.value = 'devices';
    else void join();
  };

  if (step.value === 'devices') {
    return (
      <>
        <Devices
          words={words}
          busy={busy.value}
          onReady={() => void join()}
          onBack={() => {
            step.value = 'name';
          }}
        />
        {error.value && (
          <p class="field-error" role="alert">
            {error}
          </p>
        )}
      </>
    );
  }
  return (
    <div class="lobby" ref={card}>
      <h1>
        {invited.byName
          ? t.invited(invited.byName, invited.siteName)
          : t.invitedAnon(invited.siteName)}
      </h1>
      <p>{t.lead}</p>
      <div>
        <h2>{t.may}</h2>
        <ul class="lobby-scopes">
          {invited.scope.map((word) => (
            <li key={word}>
              <CheckIcon size={18} />
              {t.scopes[word]}
            </li>
          ))}
        </ul>
      </div>
      <p class="lobby-hint">{t.privacy}</p>
      <form class="lobby" onSubmit={submit}>
        <Field
          label={t.name}
          hint={t.nameHint}
          error={error.value || null}
          autocomplete="name"
          maxLength={80}
          value={name.value}
          onValue={(value) => {
            name.value = value;
          }}
        />
        <Button variant="primary" type="submit" busy={busy.value}>
          {speaks ? t.next : t.join}
        </Button>
      </form>
    </div>
  );
}

interface DevicesProps {
  words: I18n<Words>;
  busy: boolean;
  onReady: () => void;
  onBack: () => void;
}

/** The call part's device check; without it one can still join and write. */
function Devices({ words, busy, onReady, onBack }: DevicesProps): VNode {
  const t = words.t.value.expert;
  const part = useSignal<{ module: CallModule; capture: Capture } | 'failed' | null>(null);
  useEffect(() => {
    let capture: Capture | null = null;
    let gone = false;
    import('@/call')
      .then((module) => {
        if (gone) return;
        capture = module.createCapture('expert');
        part.value = { module, capture };
      })
      .catch(() => {
        part.value = 'failed';
      });
    return () => {
      gone = true;
      capture?.release(); // the call asks for what it needs when it comes
    };
  }, [part]);
  if (part.value === null) return <Spinner label={t.joining} />;
  if (part.value === 'failed') {
    return (
      <div class="lobby">
        <p role="alert">{t.unreachable}</p>
        <Button variant="primary" busy={busy} onClick={onReady}>
          {t.skip}
        </Button>
      </div>
    );
  }
  const { module, capture } = part.value;
  return (
    <module.DeviceCheck
      capture={capture}
      words={module.callWords(words.lang.value)}
      title={t.check}
      media={['audio', 'video']}
      action={t.join}
      busy={busy}
      onReady={onReady}
      cancelLabel={t.back}
      onCancel={onBack}
    />
  );
}
