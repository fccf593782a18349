/**
 * The place to write, as far as the conversation allows: a reply to the customer, a note, or words
 * to an expert in private. Who will read it stands above the text at all times when there is a
 * choice that could embarrass.
 */
import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { Refused } from '@/client/frames';
import type { ConversationState, File } from '@/client/protocol.gen';
import type { Thread } from '@/client/thread';
import { Attachments } from '@/timeline/attachments';
import { Composer } from '@/timeline/Composer';
import { PrivateIcon } from '@/timeline/private-icon';
import { Button } from '@/ui/button';
import { ChatIcon, NoteIcon, PeopleIcon } from '@/ui/icons';
import { useDraft } from './draft-signal';
import type { DraftKind } from './drafts';
import { useEnv } from './env';
import { ConfidentialToggle, ConfidentialWords, useConfidential } from './identity/Confidential';
import { personName, visitorName } from './names';
import { privateTo, writable } from './queue/watching';
import { runAction } from './run';
import { reasonText } from './words';

interface ReplyProps {
  thread: Thread;
  state: ConversationState;
}

export function Reply({ thread, state }: ReplyProps): VNode {
  const { desk, screen, standing } = useEnv();
  const finishing = standing.wrapup(state.id, desk.connection.now()) !== null;
  const kinds = writable(state, desk.id, finishing);
  const wanted = screen.kinds.value.get(state.id) ?? null;
  const kind = kinds.find((known) => known === wanted) ?? kinds[0];
  const serves = kinds.length > 1;
  return (
    <footer class="reply">
      {!serves && <Standing state={state} note={kinds.length > 0 && wanted !== 'note'} />}
      {kind && (serves || wanted === kind) && (
        <Writing
          key={`${state.id} ${kind}`}
          thread={thread}
          state={state}
          kind={kind}
          kinds={kinds}
        />
      )}
    </footer>
  );
}

/** Why there is no reply to write, and the act that changes it. */
function Standing({ state, note }: { state: ConversationState; note: boolean }): VNode {
  const env = useEnv();
  const { desk, screen, t } = env;
  const c = t.conversation;
  const noteButton = note && (
    <Button
      icon={<NoteIcon size={18} />}
      onClick={() => {
        screen.chooseKind(state.id, 'note');
        requestAnimationFrame(() => screen.composer.current?.focus());
      }}
    >
      {t.composer.note}
    </Button>
  );
  if (state.state === 'waiting') {
    return (
      <div class="standing">
        <p>{c.acceptHint}</p>
        {noteButton}
        <Button variant="primary" onClick={() => void desk.accept(state.id)}>
          {c.accept}
        </Button>
      </div>
    );
  }
  if (state.state === 'closed') {
    const reason = state.closed_reason;
    return (
      <div class="standing">
        <p>
          {reason && `${c.closedBy(reasonText(t.close.reasons, reason))} `}
          {c.closedHint}
        </p>
        {noteButton}
        <Button onClick={() => runAction('reopen', env)}>{c.reopen}</Button>
      </div>
    );
  }
  const owner = state.assignee ? personName(state.assignee, desk.id, null, t) : '';
  return (
    <div class="standing">
      <p>
        <b>{c.servedBy(owner)}</b> {c.servedHint}
      </p>
      {noteButton}
    </div>
  );
}

interface WritingProps extends ReplyProps {
  kind: DraftKind;
  /** All that may be written here. */
  kinds: readonly DraftKind[];
}

function Writing({ thread, state, kind, kinds }: WritingProps): VNode {
  const { desk, drafts, line, proofs, q, screen, t, who } = useEnv();
  const conv = state.id;
  const known = useConfidential(state);
  const confidential = kind === 'reply' ? known : null;
  const secret = confidential?.on.value ?? false;
  const draft = useDraft(drafts, conv, kind);
  const attachments = useMemo(() => new Attachments(desk.api, conv), [desk, conv]);
  const names = privateTo(state, desk.id)
    .map((person) => personName(person, desk.id, null, t))
    .join(', ');
  const crowded = kinds.includes('reply') && kinds.includes('consult');
  const c = t.composer;

  const send = (text: string) => {
    if (kind === 'note') {
      draft.value = '';
      void desk.act({ t: 'note.add', conv, text }).then((done) => {
        if (!done && draft.peek() === '') draft.value = text;
      });
      return;
    }
    const files = attachments.ready;
    const sent = thread.send(text, files, { consult: kind === 'consult', confidential: secret });
    sent.catch((problem: unknown) => {
      // Another refused message stays in the timeline as failed, with its way on.
      if (problem instanceof Refused && problem.code === 'identity_needed') takeBack(text, files);
    });
    if (confidential) confidential.lapsed.value = false;
    attachments.clear();
    draft.value = '';
  };

  /** The words of a message whose proof has lapsed go back to where they were written. */
  const takeBack = (text: string, files: readonly File[]) => {
    const refused = thread.entries
      .peek()
      .findLast(({ status, failure }) => status === 'failed' && failure === 'identity_needed');
    if (refused) thread.discard(refused.key);
    draft.value = [text, draft.peek()].filter(Boolean).join('\n');
    attachments.restore(files);
    if (confidential) confidential.lapsed.value = true;
    void proofs.refresh();
  };

  const labels = {
    confidential: {
      label: who.confidential.label,
      placeholder: who.confidential.placeholder,
      send: who.confidential.send,
    },
    reply: { label: c.reply, placeholder: c.replyPlaceholder, send: c.send },
    note: { label: c.note, placeholder: c.notePlaceholder, send: c.addNote },
    consult: {
      label: q.observe.only(names),
      placeholder: q.observe.placeholder(names),
      send: c.sendPrivate,
    },
  }[secret ? 'confidential' : kind];

  return (
    <Composer
      kind={secret ? 'confidential' : kind}
      label={labels.label}
      placeholder={labels.placeholder}
      sendLabel={labels.send}
      t={line}
      text={draft.value}
      onText={(text) => {
        draft.value = text;
        if (kind === 'reply') thread.typed(text);
      }}
      onSend={send}
      attachments={kind === 'note' ? null : attachments}
      canned={{ replies: screen.canned.value, lang: state.lang, t: c }}
      handle={screen.composer}
    >
      <div class="kinds">
        {kinds.length > 1 && <Kinds conv={conv} kind={kind} kinds={kinds} names={names} />}
        {confidential && <ConfidentialToggle confidential={confidential} />}
        {kind === 'note' && <p class="kind-warning">{c.noteWarning}</p>}
        {kind === 'consult' && (
          <p class="kind-warning">
            <PrivateIcon size={16} />
            {q.observe.warning(names)}
          </p>
        )}
        {kind === 'reply' && !secret && crowded && (
          <p class="kind-warning">
            <PeopleIcon size={16} />
            {t.expert.customerWarning}
            <span class="hidden-text">{`: ${visitorName(state.visitor, t)}`}</span>
          </p>
        )}
      </div>
      {confidential && (
        <ConfidentialWords confidential={confidential} expert={(state.experts ?? []).length > 0} />
      )}
    </Composer>
  );
}

interface KindsProps {
  conv: string;
  kind: DraftKind;
  kinds: readonly DraftKind[];
  /** Who reads what is private. */
  names: string;
}

const ICONS = { reply: ChatIcon, consult: PrivateIcon, note: NoteIcon };

function Kinds({ conv, kind, kinds, names }: KindsProps): VNode {
  const { q, screen, t } = useEnv();
  const crowded = kinds.includes('consult');
  const labels = {
    reply: crowded ? t.expert.toCustomer : t.composer.reply,
    consult: q.observe.only(names),
    note: t.composer.note,
  };
  return (
    <fieldset class="kind-choice">
      <legend class="hidden-text">{crowded ? t.expert.to : t.composer.kind}</legend>
      {kinds.map((choice) => {
        const Icon = ICONS[choice];
        return (
          <label key={choice} data-kind={choice}>
            <input
              type="radio"
              name={`kind-${conv}`}
              checked={kind === choice}
              onChange={() => screen.chooseKind(conv, choice)}
              onClick={(event) => {
                // By pointer one means to write at once; by arrows one is still choosing.
                if (event.detail > 0) requestAnimationFrame(() => screen.composer.current?.focus());
              }}
            />
            <Icon size={16} />
            {labels[choice]}
          </label>
        );
      })}
    </fieldset>
  );
}
