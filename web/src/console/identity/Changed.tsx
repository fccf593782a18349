/** Somebody else has proved who they are: both names, and the decision between them. */
import type { VNode } from 'preact';
import type { ConversationState, IdentityProof } from '@/client/protocol.gen';
import { fullText, timeText } from '@/i18n';
import { Button } from '@/ui/button';
import { WarningIcon } from '@/ui/icons';
import { useEnv } from '../env';
import { decides } from './ask';

export function ChangedBanner({ state }: { state: ConversationState }): VNode | null {
  const { desk, who } = useEnv();
  const c = who.changed;
  const { identity, identity_changed: changed } = state;
  if (!changed) return null;
  const confirm = (accept: boolean) =>
    void desk.act({
      t: 'identity.confirm',
      conv: state.id,
      verification: changed.verification,
      accept,
    });
  const old = identity?.name;
  return (
    <section class="proof-changed" role="alert" aria-label={c.title}>
      <span class="proof-alarm">
        <WarningIcon size={24} />
      </span>
      <div class="proof-choice">
        <b>{c.title}</b>
        <p>{c.text}</p>
        <dl>
          {identity && <Who word={c.earlier} proof={identity} />}
          <Who word={c.now} proof={changed} />
        </dl>
      </div>
      {decides(state, desk.me.agent) ? (
        <div class="proof-acts">
          <Button onClick={() => confirm(false)}>{old ? c.keep(old) : c.keepNameless}</Button>
          <Button onClick={() => confirm(true)}>
            {changed.name ? c.accept(changed.name) : c.acceptNameless}
          </Button>
        </div>
      ) : (
        <p>{c.waits}</p>
      )}
    </section>
  );
}

function Who({ word, proof }: { word: string; proof: IdentityProof }): VNode {
  const { lang, who } = useEnv();
  return (
    <div>
      <dt>{word}</dt>
      <dd>
        <b>{proof.name || who.kinds.verified}</b>
        <small>
          {proof.method}
          {proof.level && `, ${who.level(who.levels[proof.level])}, `}
          {/* The time of day: one that counts up would have the alert read again. */}
          <time dateTime={new Date(proof.at).toISOString()} title={fullText(proof.at, lang)}>
            {timeText(proof.at, lang)}
          </time>
        </small>
      </dd>
    </div>
  );
}
