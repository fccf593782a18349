/**
 * A reply that only the verified customer and staff see: the switch in the reply box, what it means
 * while it is on, and why it cannot be turned on. A proof that grows old while one writes does not
 * turn it off, because the words would go out to everybody.
 */
import { type Signal, useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import type { ConversationState } from '@/client/protocol.gen';
import { ConfidentialIcon } from '@/timeline/confidential-icon';
import { Button } from '@/ui/button';
import { WarningIcon } from '@/ui/icons';
import { useEnv } from '../env';
import { canRun, runAction } from '../run';
import { type Gate, type Standing, standsIn } from './gates';
import { needsText } from './words';

export interface Confidential {
  conv: string;
  on: Signal<boolean>;
  /** Why it is not on was asked. */
  asked: Signal<boolean>;
  /** A message was refused, and its words are back in the box. */
  lapsed: Signal<boolean>;
  gate: Gate;
  stands: Standing;
}

/** Null where no reply can be confidential: no bank ID, or nothing known of the gate yet. */
export function useConfidential(state: ConversationState): Confidential | null {
  const { drafts, proofs, screen } = useEnv();
  const on = useSignal(drafts.isConfidential(state.id));
  const asked = useSignal(false);
  const lapsed = useSignal(false);
  const gate = proofs.facts.value?.gates.find(({ action }) => action === 'confidential');
  if (!gate || (proofs.none && !on.value)) return null;
  const stands = standsIn(gate, state, screen.now.value);
  return { conv: state.id, on, asked, lapsed, gate, stands };
}

export function ConfidentialToggle({ confidential }: { confidential: Confidential }): VNode {
  const { drafts, who } = useEnv();
  const { conv, on, asked, lapsed, stands } = confidential;
  const shut = !stands.open && !on.value;
  return (
    <button
      type="button"
      class="confidential-toggle"
      aria-pressed={shut ? undefined : on.value}
      aria-expanded={shut ? asked.value : undefined}
      onClick={() => {
        if (shut) {
          asked.value = !asked.value;
          return;
        }
        asked.value = false;
        lapsed.value = false;
        on.value = !on.value;
        drafts.setConfidential(conv, on.value);
      }}
    >
      <ConfidentialIcon size={16} />
      {who.confidential.toggle}
    </button>
  );
}

interface WordsProps {
  confidential: Confidential;
  /** An expert is in the conversation. */
  expert: boolean;
}

/** What stands above the text about it. */
export function ConfidentialWords({ confidential, expert }: WordsProps): VNode | null {
  const env = useEnv();
  const { who } = env;
  const { on, asked, lapsed, gate, stands } = confidential;
  const c = who.confidential;
  const ask = canRun('identity', env) && (
    <Button onClick={() => runAction('identity', env)}>{who.ask.short}</Button>
  );
  if (!stands.open && (on.value || asked.value)) {
    const why = c.shut(needsText(gate, who), who.panel.lacks[stands.lacks]);
    return (
      <div class="confidential-words" data-shut role="status">
        <WarningIcon size={16} />
        <p>
          {lapsed.value && `${c.lapsed} `}
          {why}
        </p>
        {ask}
      </div>
    );
  }
  if (lapsed.value) {
    return (
      <div class="confidential-words" data-shut role="status">
        <WarningIcon size={16} />
        <p>{c.lapsed}</p>
        {ask}
      </div>
    );
  }
  if (!on.value) return null;
  return (
    <div class="confidential-words">
      <ConfidentialIcon size={16} />
      <p>
        {c.on}
        {expert && ` ${c.experts}`}
      </p>
    </div>
  );
}
