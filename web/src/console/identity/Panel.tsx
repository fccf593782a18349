/** Who the customer is, in the context: what was typed, signed and proven, and what it allows. */
import type { ComponentChildren, VNode } from 'preact';
import type { ConversationState, IdentityProof } from '@/client/protocol.gen';
import { agoText, fullText, timeText } from '@/i18n';
import { Button } from '@/ui/button';
import { CheckIcon } from '@/ui/icons';
import { useEnv } from '../env';
import { canRun, runAction } from '../run';
import { KindIcon } from './Badge';
import { Earlier } from './Earlier';
import { type Gate, standsIn } from './gates';
import { ShieldIcon } from './icons';
import { type Kind, knownOf, signedFields } from './kinds';
import type { ProofFact } from './proofs';
import { needsText } from './words';

export function IdentityPanel({ state }: { state: ConversationState }): VNode {
  const env = useEnv();
  const { proofs, who } = env;
  const p = who.panel;
  const known = knownOf(state);
  const facts = proofs.facts.value;
  const current = facts?.proofs.find(
    ({ verification }) => verification === known.proof?.verification,
  );
  const others = (facts?.proofs ?? []).filter((fact) => fact !== current);
  return (
    <section class="context-part proof-panel">
      <h3>{p.title}</h3>
      {known.proof && (
        <Card kind="verified">
          <Proven proof={known.proof} fact={current ?? null} />
        </Card>
      )}
      {known.signed && (
        <Card kind="identified">
          <p class="faint">{p.signed}</p>
          <Signed state={state} />
        </Card>
      )}
      {known.kind === 'anonymous' && (
        <Card kind="anonymous">
          <p class="faint">{known.erased ? who.erase.done : p.anonymous}</p>
        </Card>
      )}
      {canRun('identity', env) && (
        <Button icon={<ShieldIcon size={18} />} onClick={() => runAction('identity', env)}>
          {known.proof ? who.ask.again : who.ask.short}
        </Button>
      )}
      {proofs.failed.value && (
        <p class="proof-trouble" role="status">
          {p.failed}
          <Button variant="quiet" onClick={() => void proofs.refresh()}>
            {p.retry}
          </Button>
        </p>
      )}
      {others.length > 0 && <Others facts={others} />}
      {facts && !proofs.none && <Allows state={state} gates={facts.gates} />}
    </section>
  );
}

function Card({ kind, children }: { kind: Kind; children: ComponentChildren }): VNode {
  const { who } = useEnv();
  return (
    <div class="kind-card" data-kind={kind}>
      <b class="kind-name">
        <KindIcon kind={kind} size={18} />
        {who.kinds[kind]}
      </b>
      {children}
    </div>
  );
}

/** What the shop signed, as far as it still stands. */
function Signed({ state }: { state: ConversationState }): VNode {
  const { desk, t, who } = useEnv();
  const { visitor } = state;
  const signed = signedFields(visitor, desk.thread.value?.entries.value ?? []);
  const facts = [
    [t.context.name, signed.name && visitor.name],
    [t.context.email, signed.email && visitor.email],
    [who.panel.customer, visitor.customer],
  ] as const;
  return (
    <dl class="facts">
      {facts.map(
        ([word, fact]) =>
          fact && (
            <div key={word}>
              <dt>{word}</dt>
              <dd>{fact}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

/** The proof that counts; `fact`: what HTTP tells more of it, once it is here. */
function Proven({ proof, fact }: { proof: IdentityProof; fact: ProofFact | null }): VNode {
  const { lang, screen, who } = useEnv();
  const p = who.panel;
  return (
    <dl class="facts">
      <div>
        <dt>{p.verifiedName}</dt>
        <dd class="proof-name">{proof.name}</dd>
      </div>
      <div>
        <dt>{p.how}</dt>
        <dd>
          {proof.method}
          {proof.level && `, ${who.level(who.levels[proof.level])}`}
        </dd>
      </div>
      <div>
        <dt>{p.when}</dt>
        <dd>
          <time dateTime={new Date(proof.at).toISOString()}>{fullText(proof.at, lang)}</time>
          <small class="faint">{agoText(proof.at, screen.now.value, lang)}</small>
        </dd>
      </div>
      {fact && (
        <div>
          <dt>{p.code}</dt>
          <dd>
            <CodeLine fact={fact} />
          </dd>
        </div>
      )}
    </dl>
  );
}

/** A masked code, with the ways to see it in full and to be rid of it. */
function CodeLine({ fact }: { fact: ProofFact }): VNode {
  const { desk, proofs, screen, who } = useEnv();
  const p = who.panel;
  const may = proofs.facts.value?.may_reveal ?? false;
  return (
    <div class="code-line">
      <span class="code-masked">
        {fact.masked} <small class="faint">{fact.country}</small>
      </span>
      <span class="code-acts">
        {may && (
          <Button
            variant="quiet"
            aria-label={p.revealOf(fact.name)}
            onClick={() => {
              screen.dialog.value = { reveal: fact };
            }}
          >
            {p.reveal}
          </Button>
        )}
        {desk.me.agent.role === 'supervisor' && (
          <Button
            variant="quiet"
            aria-label={p.eraseOf(fact.name)}
            onClick={() => {
              screen.dialog.value = { erase: fact };
            }}
          >
            {p.erase}
          </Button>
        )}
      </span>
      {!may && <small class="faint">{p.mayNot}</small>}
    </div>
  );
}

/** Other proofs of this conversation: earlier ones, and those of somebody else. */
function Others({ facts }: { facts: readonly ProofFact[] }): VNode {
  const { lang, who } = useEnv();
  const p = who.panel;
  return (
    <details class="proof-others">
      <summary>{p.older(facts.length)}</summary>
      <ul>
        {facts.map((fact) => (
          <li key={fact.verification}>
            <b>{fact.name || who.kinds.verified}</b>
            <small class="faint">
              {`${fact.method}, ${who.level(who.levels[fact.level])}, `}
              <time dateTime={new Date(fact.at).toISOString()} title={fullText(fact.at, lang)}>
                {timeText(fact.at, lang)}
              </time>
            </small>
            {fact.accepted === null && <small class="proof-old">{p.pending}</small>}
            {fact.accepted === false && <small class="faint">{p.refused}</small>}
            <CodeLine fact={fact} />
          </li>
        ))}
      </ul>
    </details>
  );
}

interface AllowsProps {
  state: ConversationState;
  gates: readonly Gate[];
}

function Allows({ state, gates }: AllowsProps): VNode {
  const { who } = useEnv();
  return (
    <>
      <h3 class="proof-sub">{who.panel.allows}</h3>
      <ul class="gates">
        {gates.map((gate) => (
          <GateLine key={gate.action} gate={gate} state={state} />
        ))}
      </ul>
      {state.identity && <Earlier key={state.id} state={state} />}
    </>
  );
}

function GateLine({ gate, state }: { gate: Gate; state: ConversationState }): VNode {
  const { lang, screen, who } = useEnv();
  const p = who.panel;
  const stands = standsIn(gate, state, screen.now.value);
  return (
    <li data-open={stands.open || undefined}>
      <span class="gate-icon">
        {stands.open ? <CheckIcon size={16} /> : <ShieldIcon size={16} />}
      </span>
      <div>
        {who.actions[gate.action]}
        <small>
          {stands.open
            ? stands.until !== null && p.open(timeText(stands.until, lang))
            : `${needsText(gate, who)}: ${p.lacks[stands.lacks]}`}
        </small>
      </div>
    </li>
  );
}
