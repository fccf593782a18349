/**
 * The shop's settings: one page at a time. What was typed on one stays there while another is looked
 * at, and whoever would lose it by leaving the console is warned.
 */
import type { FunctionComponent, VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Button } from '@/ui/button';
import { Spinner } from '@/ui/spinner';
import { useEnv } from '../env';
import { goTo } from '../floor/Nav';
import { ADMIN_PAGES, type AdminPage } from '../pages';
import { AgentsPage } from './AgentsPage';
import { CallsPage } from './CallsPage';
import { CannedPage } from './CannedPage';
import { ADMIN_WORDS, AdminContext, useAdmin } from './context';
import { DepartmentsPage } from './DepartmentsPage';
import { HoursPage } from './HoursPage';
import { RulesPage } from './RulesPage';
import { SkillsPage } from './SkillsPage';
import { adminOf } from './store';
import { TargetsPage } from './TargetsPage';
import './admin.css';
import './hours.css';
import './lists.css';

const PAGES: Record<AdminPage, FunctionComponent> = {
  departments: DepartmentsPage,
  agents: AgentsPage,
  skills: SkillsPage,
  hours: HoursPage,
  targets: TargetsPage,
  rules: RulesPage,
  canned: CannedPage,
  calls: CallsPage,
};

export function AdminPages(): VNode {
  const { desk, lang, screen } = useEnv();
  const a = ADMIN_WORDS[lang];
  const admin = adminOf(desk.cookieApi, desk.id);
  useEffect(() => {
    void admin.load();
  }, [admin]);
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => {
      if (admin.dirty.peek() || admin.fresh.peek()) event.preventDefault();
    };
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [admin]);
  const place = screen.page.value;
  const page = place.at === 'admin' ? place.page : ADMIN_PAGES[0];
  const kept = admin.kept.value;
  const Page = PAGES[page];
  return (
    <div class="admin">
      <h1>{a.title}</h1>
      {kept ? (
        <AdminContext.Provider value={{ admin, kept, a }}>
          <Tabs page={page} />
          <section class="admin-page" aria-labelledby="admin-page">
            <h2 id="admin-page">{a.pages[page]}</h2>
            <Page />
          </section>
        </AdminContext.Provider>
      ) : admin.failure.value ? (
        <div class="page-center">
          <p role="alert">{a.failed}</p>
          <Button variant="primary" onClick={() => void admin.load()}>
            {a.retry}
          </Button>
        </div>
      ) : (
        <div class="page-center">
          <Spinner label={a.loading} />
        </div>
      )}
    </div>
  );
}

function Tabs({ page }: { page: AdminPage }): VNode {
  const env = useEnv();
  const { admin, a } = useAdmin();
  const tabs = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a phone they are one row that scrolls.
    const current = tabs.current?.querySelector(`[data-page="${page}"]`);
    current?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [page]);
  return (
    <nav ref={tabs} class="admin-tabs" aria-label={a.title}>
      {ADMIN_PAGES.map((one) => (
        <button
          key={one}
          type="button"
          data-page={one}
          aria-current={one === page ? 'page' : undefined}
          onClick={() => goTo({ at: 'admin', page: one }, env)}
        >
          {a.pages[one]}
          {admin.unsaved(one) && (
            <span class="unsaved" title={a.changed}>
              <span class="hidden-text">{a.unsaved}</span>
            </span>
          )}
        </button>
      ))}
    </nav>
  );
}
