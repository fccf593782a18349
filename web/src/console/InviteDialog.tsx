/** Makes a link for an expert, and shows the conversation's links with the way to end them. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { ApiError } from '@/client/api';
import type { ConversationState, InviteState } from '@/client/protocol.gen';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Field } from '@/ui/field';
import { CheckIcon, CopyIcon, LinkIcon } from '@/ui/icons';
import { useEnv } from './env';
import { sentence } from './words';

type Scope = InviteState['scope'][number];
const SCOPES: readonly Scope[] = ['chat', 'hear', 'see', 'speak', 'cobrowse'];
/** The customer's page is shown to a stranger only when somebody has thought of it. */
const USUAL: readonly Scope[] = ['chat', 'hear', 'see', 'speak'];

interface InviteDialogProps {
  state: ConversationState;
  onClose: () => void;
}

export function InviteDialog({ state, onClose }: InviteDialogProps): VNode {
  const { t } = useEnv();
  const url = useSignal<string | null>(null);
  return (
    <Dialog title={t.invite.title} closeLabel={t.invite.done} onClose={onClose}>
      {url.value === null ? (
        <NewLink
          conv={state.id}
          onMade={(made) => {
            url.value = made;
          }}
        />
      ) : (
        <MadeLink
          url={url.value}
          onAgain={() => {
            url.value = null;
          }}
        />
      )}
      <Links state={state} />
    </Dialog>
  );
}

function NewLink({ conv, onMade }: { conv: string; onMade: (url: string) => void }): VNode {
  const { desk, t } = useEnv();
  const scope = useSignal<ReadonlySet<Scope>>(new Set(USUAL));
  const busy = useSignal(false);
  const error = useSignal('');
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy.value || scope.value.size === 0) return;
    busy.value = true;
    error.value = '';
    try {
      const made = await desk.cookieApi.post<{ url: string }>(
        `/agent/conversations/${conv}/invites`,
        { scope: SCOPES.filter((word) => scope.value.has(word)) },
      );
      onMade(made.url);
    } catch (problem) {
      error.value = sentence(t.errors, problem instanceof ApiError ? problem.code : 'other');
    } finally {
      busy.value = false;
    }
  };
  return (
    <form class="form" onSubmit={submit}>
      <p>{t.invite.lead}</p>
      <fieldset class="choices">
        <legend>{t.invite.scope}</legend>
        {SCOPES.map((word) => (
          <label key={word} class="check">
            <input
              type="checkbox"
              checked={scope.value.has(word)}
              onChange={(event) => {
                const next = new Set(scope.value);
                if (event.currentTarget.checked) next.add(word);
                else next.delete(word);
                scope.value = next;
              }}
            />
            {t.invite.scopes[word]}
          </label>
        ))}
      </fieldset>
      <p class="faint">{t.invite.scopeHint}</p>
      <p class="field-error" role="status">
        {scope.value.size === 0 ? t.invite.none : error}
      </p>
      <div class="dialog-actions">
        <Button
          variant="primary"
          type="submit"
          icon={<LinkIcon size={18} />}
          busy={busy.value}
          disabled={scope.value.size === 0}
        >
          {t.invite.make}
        </Button>
      </div>
    </form>
  );
}

function MadeLink({ url, onAgain }: { url: string; onAgain: () => void }): VNode {
  const { t } = useEnv();
  const copied = useSignal<'no' | 'yes' | 'failed'>('no');
  const box = useRef<HTMLDivElement>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(url);
      copied.value = 'yes';
    } catch {
      copied.value = 'failed';
      box.current?.querySelector('input')?.select();
    }
  };
  return (
    <div class="form" ref={box}>
      <Field
        label={t.invite.url}
        hint={t.invite.urlHint}
        value={url}
        readOnly
        onValue={() => {}}
        onFocus={(event) => event.currentTarget.select()}
      />
      <div class="dialog-actions">
        <span class="invite-copied" role="status">
          {copied.value === 'yes' && t.invite.copied}
          {copied.value === 'failed' && t.invite.copyFailed}
        </span>
        <Button onClick={onAgain}>{t.invite.another}</Button>
        <Button
          variant="primary"
          icon={copied.value === 'yes' ? <CheckIcon size={18} /> : <CopyIcon size={18} />}
          onClick={() => void copy()}
        >
          {t.invite.copy}
        </Button>
      </div>
    </div>
  );
}

function Links({ state }: { state: ConversationState }): VNode | null {
  const { desk, screen, t } = useEnv();
  const invites = [...(state.invites ?? [])].reverse();
  if (invites.length === 0) return null;
  const now = screen.now.value;
  return (
    <section class="links">
      <h3>{t.invite.links}</h3>
      <ul>
        {invites.map((invite) => {
          const left = Math.ceil((invite.expires_at - now) / 60_000);
          const outcome = invite.outcome ?? 'open';
          const open = outcome === 'open' && left > 0;
          const scope = invite.scope.map((word) => t.invite.scopes[word]).join(', ');
          return (
            <li key={invite.id} class="link">
              <div>
                <b>{t.invite.outcomes[open || outcome !== 'open' ? outcome : 'expired']}</b>
                {open && ` · ${t.invite.validFor(left)}`}
                <small class="faint">{scope}</small>
              </div>
              {open && (
                <Button
                  aria-label={t.invite.revokeOf(scope)}
                  onClick={() =>
                    void desk.cookieApi
                      .delete(`/agent/invites/${invite.id}`)
                      .catch(() => desk.notify({ word: 'other' }))
                  }
                >
                  {t.invite.revoke}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
