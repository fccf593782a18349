/** The fourth zone: who the customer is, which page they look at, and how they came there. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren, VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { mailHref } from '@/client/links';
import type { ConversationState, Page } from '@/client/protocol.gen';
import type { Thread } from '@/client/thread';
import { fullText, LANG_NAMES, LANGS, timeText } from '@/i18n';
import { Button, IconButton } from '@/ui/button';
import { CloseIcon, ExternalIcon, PageIcon } from '@/ui/icons';
import { useEnv } from './env';
import { signedFields } from './identity/kinds';
import { IdentityPanel } from './identity/Panel';
import { personName } from './names';
import { departmentOf } from './queue/places';
import { needsText, whyText } from './queue/words';
import { Recordings } from './recordings/Recordings';

const SHOWN = 8; // pages; the rest on demand

export function Context(): VNode {
  const { desk, screen, t } = useEnv();
  const thread = desk.thread.value;
  const state = thread?.state.value ?? null;
  const drawer = screen.drawer.value;
  useEffect(() => {
    if (!drawer) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape') screen.drawer.value = false;
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [drawer, screen]);
  return (
    <aside class="zone-context" aria-label={t.context.label}>
      <header class="context-head">
        <h2>{t.context.label}</h2>
        <IconButton
          class="context-close"
          label={t.context.close}
          icon={<CloseIcon />}
          onClick={() => {
            screen.drawer.value = false;
          }}
        />
      </header>
      {thread && state && <Details thread={thread} state={state} />}
    </aside>
  );
}

function Details({ thread, state }: { thread: Thread; state: ConversationState }): VNode {
  const { desk, lang, q, t, who } = useEnv();
  const { visitor, page } = state;
  const department = departmentOf(state);
  const needs = needsText(state.queue?.needs ?? []);
  const signed = signedFields(visitor, thread.entries.value);
  const source = (field: 'name' | 'email') => (
    <small class="faint">{signed[field] ? who.panel.signedName : t.person.unproven}</small>
  );
  const c = t.context;
  const languageName = LANGS.find((known) => known === state.lang);
  return (
    <>
      <IdentityPanel state={state} />
      <section class="context-part">
        <h3>{desk.online(state.id) === false ? c.lastPage : c.page}</h3>
        {page ? <PageLink page={page} /> : <p class="faint">{c.noPage}</p>}
        {state.cobrowse && state.cobrowse.state !== 'asked' && (
          <p class="context-shown">
            <PageIcon size={16} />
            {state.cobrowse.state === 'paused' ? c.shownPaused : c.shown}
          </p>
        )}
      </section>
      <section class="context-part">
        <h3>{c.contact}</h3>
        <dl class="facts">
          <Fact name={c.name}>
            {visitor.name || <span class="faint">{c.anonymous}</span>}
            {visitor.name && source('name')}
          </Fact>
          <Fact name={c.email}>
            {visitor.email ? (
              <>
                <a href={mailHref(visitor.email)}>{visitor.email}</a>
                {source('email')}
              </>
            ) : (
              <span class="faint">{c.noEmail}</span>
            )}
          </Fact>
          <Fact name={c.language}>{languageName ? LANG_NAMES[languageName] : state.lang}</Fact>
          <Fact name={c.opened}>{fullText(state.opened_at, lang)}</Fact>
          <Fact name={c.servedBy}>
            {state.assignee ? personName(state.assignee, desk.id, null, t) : c.nobody}
          </Fact>
          {department && <Fact name={q.head.department}>{department.name}</Fact>}
          {needs && <Fact name={q.head.needs}>{needs}</Fact>}
          {state.why && (
            <Fact name={q.head.why}>{whyText(state.why, q, state.assignee?.id === desk.id)}</Fact>
          )}
        </dl>
      </section>
      <Recordings thread={thread} conv={state.id} />
      <Journey thread={thread} />
    </>
  );
}

function Journey({ thread }: { thread: Thread }): VNode {
  const { lang, t } = useEnv();
  const all = useSignal(false);
  const pages = thread.entries.value
    .flatMap(({ key, at, event }) => (event.kind === 'page' ? [{ key, at, page: event.page }] : []))
    .reverse();
  const shown = all.value ? pages : pages.slice(0, SHOWN);
  return (
    <section class="context-part">
      <h3>{t.context.journey}</h3>
      {pages.length === 0 ? (
        <p class="faint">{t.context.noJourney}</p>
      ) : (
        <ol class="journey">
          {shown.map(({ key, at, page }) => (
            <li key={key}>
              <time class="faint">{timeText(at, lang)}</time>
              <PageLink page={page} />
            </li>
          ))}
        </ol>
      )}
      {pages.length > shown.length && (
        <Button
          variant="quiet"
          onClick={() => {
            all.value = true;
          }}
        >
          {t.context.showAll(pages.length)}
        </Button>
      )}
    </section>
  );
}

function PageLink({ page }: { page: Page }): VNode {
  const { t } = useEnv();
  const safe = /^https?:\/\//i.test(page.url);
  const path = URL.canParse(page.url) ? new URL(page.url).pathname : page.url;
  const text = (
    <>
      <span class="page-title">{page.title || path}</span>
      <small class="faint">{path}</small>
    </>
  );
  if (!safe) return <span class="page-link">{text}</span>;
  return (
    <a class="page-link" href={page.url} target="_blank" rel="noopener noreferrer">
      {text}
      <span class="page-out">
        <ExternalIcon size={14} />
        <span class="hidden-text">{t.context.opensNew}</span>
      </span>
    </a>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }): VNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
