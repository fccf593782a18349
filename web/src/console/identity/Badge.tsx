/** Who a customer is, as a word with an icon: small for heads and lists, a line for the proven. */
import type { VNode } from 'preact';
import type { ConversationState, Visitor } from '@/client/protocol.gen';
import { agoText, fullText } from '@/i18n';
import { PersonIcon, VerifiedIcon, WarningIcon } from '@/ui/icons';
import { useEnv } from '../env';
import { outgrown } from './gates';
import { ShopIcon } from './icons';
import { differs, type Kind, kindOf, knownOf, signedFields } from './kinds';

const ICONS: Record<Kind, typeof VerifiedIcon> = {
  anonymous: PersonIcon,
  identified: ShopIcon,
  verified: VerifiedIcon,
};

export function KindIcon({ kind, size = 16 }: { kind: Kind; size?: number }): VNode {
  const Icon = ICONS[kind];
  return <Icon size={size} />;
}

/** For the head of a conversation. */
export function KindChip({ state }: { state: ConversationState }): VNode {
  const { who } = useEnv();
  const { kind } = knownOf(state);
  return (
    <span class="kind-chip" data-kind={kind} title={who.kinds[kind]}>
      <KindIcon kind={kind} size={14} />
      {who.short[kind]}
    </span>
  );
}

/** For a row of a list, beside the name; anonymous ones have none. */
export function RowKind({ visitor }: { visitor: Visitor }): VNode | null {
  const { who } = useEnv();
  const kind = kindOf(visitor);
  if (kind === 'anonymous') return null;
  return (
    <span class="row-kind" data-kind={kind} title={who.kinds[kind]}>
      <KindIcon kind={kind} size={14} />
      <span class="hidden-text">{who.kinds[kind]}</span>
    </span>
  );
}

/** What was proven, under the head: name, method, level, when; and what it is too old for. */
export function ProofLine({ state }: { state: ConversationState }): VNode | null {
  const { desk, lang, proofs, screen, who } = useEnv();
  const { proof } = knownOf(state);
  if (!proof) return null;
  const now = screen.now.value;
  const old = outgrown(proofs.facts.value?.gates ?? [], proof, now);
  const told = state.visitor.name?.trim();
  const signed = signedFields(state.visitor, desk.thread.value?.entries.value ?? []).name;
  return (
    <section class="proof-line" aria-label={who.badge.label} data-old={old.length > 0 || undefined}>
      <VerifiedIcon size={18} />
      <p>
        <b>{proof.name || who.kinds.verified}</b>
        <span>{proof.method}</span>
        {proof.level && <span>{who.level(who.levels[proof.level])}</span>}
        <time dateTime={new Date(proof.at).toISOString()} title={fullText(proof.at, lang)}>
          {agoText(proof.at, now, lang)}
        </time>
        {told && proof.name && differs(told, proof.name) && (
          <span class="proof-typed">{signed ? who.badge.signed(told) : who.badge.typed(told)}</span>
        )}
        {old.length > 0 && (
          <span class="proof-old">
            <WarningIcon size={14} />
            {who.badge.aged(old.map((action) => who.actions[action].toLowerCase()).join(', '))}
          </span>
        )}
      </p>
    </section>
  );
}
