/** The second zone: the conversations of the chosen view, their order, filter and search. */
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { Button, IconButton } from '@/ui/button';
import { CheckIcon, CloseIcon, FilterIcon, SearchIcon, SortIcon, WarningIcon } from '@/ui/icons';
import { Menu } from '@/ui/menu';
import { Spinner } from '@/ui/spinner';
import { CallOn } from './CallOn';
import { Empty } from './Empty';
import { useEnv } from './env';
import { Row } from './ListRow';
import { Bars } from './queue/Bars';
import { DepartmentFilter, NothingThere, OnlyDepartment } from './queue/DepartmentFilter';
import { TakeNext } from './queue/Next';
import { OfferStack } from './queue/Offers';
import { placesOf } from './queue/places';
import { ORDERS } from './views';

export function List(): VNode {
  return (
    <div class="zone-list">
      <OfferStack place="list" />
      <CallOn shown={null} class="list-call" />
      <Conversations />
    </div>
  );
}

function Conversations(): VNode {
  const { desk, prefs, screen, t } = useEnv();
  const view = prefs.view.value;
  const rows = desk.rows.value;
  const places = placesOf(desk.inbox.items.value, screen.now.peek());
  const list = useRef<HTMLUListElement>(null);
  const step = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by || !list.current) return;
    event.preventDefault();
    const items = [...list.current.querySelectorAll<HTMLElement>('.row')];
    const at = items.indexOf(document.activeElement as HTMLElement);
    items[Math.min(items.length - 1, Math.max(0, at + by))]?.focus();
  };
  return (
    <section class="list" aria-label={t.list.label}>
      <header class="list-head">
        <h1>{t.views[view]}</h1>
        {view !== 'closed' && (
          <>
            <DepartmentFilter />
            <IconButton
              label={t.list.unreadOnly}
              icon={<FilterIcon size={18} />}
              pressed={desk.unreadOnly.value}
              onClick={() => desk.filterUnread(!desk.unreadOnly.value)}
            />
            <Menu
              label={`${t.list.order}: ${t.list.orders[prefs.order.value]}`}
              icon={<SortIcon size={18} />}
              items={ORDERS.map((order) => ({
                label: t.list.orders[order],
                checked: prefs.order.value === order,
                icon: prefs.order.value === order ? <CheckIcon size={18} /> : <span class="gap" />,
                run: () => {
                  prefs.order.value = order;
                },
              }))}
            />
          </>
        )}
      </header>
      <Bars />
      {view === 'closed' ? (
        <Search />
      ) : (
        <p class="list-sub">
          {t.nav.conversations(rows.length)} · {t.list.orders[prefs.order.value]}
          <OnlyDepartment />
        </p>
      )}
      {view !== 'closed' && <TakeNext wide />}
      {rows.length > 0 ? (
        // biome-ignore lint/a11y/noStaticElementInteractions: arrows move the focus among its buttons
        <div
          class="list-rows"
          onKeyDown={step}
          onPointerEnter={() => desk.hold(true)}
          onPointerLeave={() => desk.hold(false)}
        >
          <ul ref={list}>
            {rows.map((row) => (
              <li key={row.id}>
                <Row row={row} place={places.get(row.id) ?? null} />
              </li>
            ))}
          </ul>
          {view === 'closed' && desk.closed.more && (
            <Button
              class="list-more"
              busy={desk.closed.phase.value === 'loading'}
              onClick={() => void desk.closed.loadMore()}
            >
              {t.list.more}
            </Button>
          )}
        </div>
      ) : (
        <Nothing />
      )}
    </section>
  );
}

function Search(): VNode {
  const { desk, screen, t } = useEnv();
  const query = desk.closed.query.value;
  return (
    <search class="list-search">
      <SearchIcon size={18} />
      <input
        ref={(input) => {
          screen.search.current = input;
        }}
        type="search"
        aria-label={t.list.search}
        placeholder={t.list.search}
        value={query}
        onInput={(event) => desk.closed.search(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur();
        }}
      />
      {query !== '' && (
        <IconButton
          label={t.list.clear}
          icon={<CloseIcon size={16} />}
          onClick={() => desk.closed.search('')}
        />
      )}
    </search>
  );
}

/** Why the list is empty, and what to do next. */
function Nothing(): VNode {
  const { desk, prefs, t } = useEnv();
  const view = prefs.view.value;
  const e = t.empty;
  if (view === 'closed') {
    const { phase, query } = desk.closed;
    if (phase.value === 'failed') {
      return (
        <Empty icon={<WarningIcon />} title={e.failedTitle} text={t.errors.network}>
          <Button onClick={() => void desk.closed.load()}>{e.failedAction}</Button>
        </Empty>
      );
    }
    if (phase.value !== 'ready') return <Loading />;
    if (query.value.trim() !== '') return <Empty title={e.searchTitle} text={e.searchText} />;
    return <Empty title={e.closedTitle} text={e.closedText} />;
  }
  if (!desk.inbox.ready.value) return <Loading />;
  if (desk.department.value) return <NothingThere />;
  if (desk.unreadOnly.value) {
    return (
      <Empty title={e.unreadTitle} text={e.unreadText}>
        <Button onClick={() => desk.filterUnread(false)}>{e.unreadAction}</Button>
      </Empty>
    );
  }
  if (view === 'mine') {
    return (
      <Empty title={e.mineTitle} text={e.mineText}>
        {desk.counts.value.waiting > 0 && (
          <Button onClick={() => desk.show('waiting')}>{e.mineAction}</Button>
        )}
      </Empty>
    );
  }
  const waiting = view === 'waiting';
  return (
    <Empty
      title={waiting ? e.waitingTitle : e.allTitle}
      text={waiting ? e.waitingText : e.allText}
    />
  );
}

function Loading(): VNode {
  const { t } = useEnv();
  return (
    <div class="page-center">
      <Spinner label={t.list.loading} />
    </div>
  );
}
