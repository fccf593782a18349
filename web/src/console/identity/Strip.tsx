/**
 * The request as it goes, above the timeline: asked, at the bank, verified, or how it ended. What
 * is told stands in one live region that is always there; the clock and the buttons are beside it.
 */
import type { VNode } from 'preact';
import type { ConversationState } from '@/client/protocol.gen';
import type { Thread } from '@/client/thread';
import { clockText } from '@/i18n';
import { Button } from '@/ui/button';
import { CheckIcon, InfoIcon, VerifiedIcon, WarningIcon } from '@/ui/icons';
import { useEnv } from '../env';
import { runAction } from '../run';
import { decides } from './ask';
import { BankIcon, ShieldIcon } from './icons';
import { methodLabel, type Strip, stepAt, stripOf } from './steps';
import type { IdentityStrings } from './strings.en';

interface StripProps {
  thread: Thread;
  state: ConversationState;
}

export function IdentityStrip({ thread, state }: StripProps): VNode {
  const { screen, who } = useEnv();
  const strip = stripOf(state, thread.entries.value, screen.now.value);
  return (
    <section
      class="proof-strip"
      aria-label={who.strip.label}
      data-phase={strip ? phaseOf(strip) : undefined}
    >
      <div class="proof-told" role="status">
        {strip && <Words strip={strip} />}
      </div>
      {strip && <Steps strip={strip} />}
      {strip && <Acts strip={strip} state={state} />}
    </section>
  );
}

type Phase = Strip['phase'] | 'failed';

function phaseOf(strip: Strip): Phase {
  return 'failed' in strip && strip.failed ? 'failed' : strip.phase;
}

const ICONS: Record<Phase, typeof ShieldIcon> = {
  asked: ShieldIcon,
  opened: BankIcon,
  failed: WarningIcon,
  verified: VerifiedIcon,
  expired: InfoIcon,
  declined: InfoIcon,
};

function Words({ strip }: { strip: Strip }): VNode {
  const { proofs, who } = useEnv();
  const Icon = ICONS[phaseOf(strip)];
  const text = textOf(strip, who, proofs.methods.value ?? new Map());
  const code = 'failed' in strip ? strip.failed?.code : '';
  return (
    <>
      <Icon />
      <p>
        {text}
        {'paused' in strip && strip.paused && ` ${who.strip.paused}`}
        {code && <small class="proof-code">{who.strip.code(code)}</small>}
      </p>
    </>
  );
}

function textOf(strip: Strip, who: IdentityStrings, labels: ReadonlyMap<string, string>): string {
  const s = who.strip;
  switch (strip.phase) {
    case 'verified':
      return s.verified(strip.name);
    case 'expired':
    case 'declined':
      return s[strip.phase];
    case 'opened':
      return s.opened(methodLabel(strip.request.method ?? '', labels));
    case 'asked': {
      const { failed, request } = strip;
      if (!failed) return s.asked(who.ask.purposes[request.purpose].toLowerCase());
      return s.codes[failed.code] ?? s.failed[failed.reason];
    }
  }
}

/** Three steps; decorative, because the words above say which one it is. */
function Steps({ strip }: { strip: Strip }): VNode | null {
  const { who } = useEnv();
  if (strip.phase === 'expired' || strip.phase === 'declined') return null;
  const at = stepAt(strip);
  return (
    <ol class="proof-steps" aria-hidden="true">
      {who.strip.steps.map((step, index) => {
        const done = index < at || strip.phase === 'verified';
        return (
          <li key={step} data-done={done || undefined} data-now={index === at || undefined}>
            <i>{done ? <CheckIcon size={12} /> : index + 1}</i>
            <span>{step}</span>
          </li>
        );
      })}
    </ol>
  );
}

function Acts({ strip, state }: { strip: Strip; state: ConversationState }): VNode | null {
  const env = useEnv();
  const { desk, who } = env;
  const may = decides(state, desk.me.agent);
  if ('request' in strip) {
    const { request, left } = strip;
    return (
      <div class="proof-acts">
        <span class="proof-left" role="timer" aria-label={who.strip.left}>
          {clockText(Math.ceil(left / 1000))}
        </span>
        {may && (
          <Button
            onClick={() =>
              void desk.act({ t: 'identity.end', conv: state.id, verification: request.id })
            }
          >
            {who.strip.withdraw}
          </Button>
        )}
      </div>
    );
  }
  if (strip.phase === 'verified' || !may) return null;
  return (
    <div class="proof-acts">
      <Button onClick={() => runAction('identity', env)}>{who.strip.again}</Button>
    </div>
  );
}
