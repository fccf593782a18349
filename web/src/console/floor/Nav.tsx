/** The ways to a supervisor's pages: in the sidebar, the command bar and one's own settings. */
import { batch } from '@preact/signals';
import type { VNode } from 'preact';
import { type Env, type Told, useEnv } from '../env';
import type { Page } from '../pages';
import { FloorIcon, ShopIcon } from './icons';

const PLACES: readonly { page: Exclude<Page, { at: 'desk' }>; Icon: typeof FloorIcon }[] = [
  { page: { at: 'floor' }, Icon: FloorIcon },
  { page: { at: 'admin', page: 'departments' }, Icon: ShopIcon },
];

/** Show a page in the place of the conversations. */
export function goTo(page: Page, { desk, screen }: Env): void {
  batch(() => {
    desk.select(null);
    screen.page.value = page;
  });
}

export function SupervisorNav(): VNode | null {
  const env = useEnv();
  const { desk, screen, s } = env;
  if (desk.me.agent.role !== 'supervisor') return null;
  return (
    <nav aria-label={s.nav.label} class="sidebar-shop">
      {PLACES.map(({ page, Icon }) => (
        <button
          key={page.at}
          type="button"
          class={`view view-${page.at}`}
          title={s.nav[page.at]}
          aria-current={screen.page.value.at === page.at ? 'page' : undefined}
          onClick={() => {
            if (screen.page.peek().at !== page.at) goTo(page, env);
          }}
        >
          <Icon size={20} />
          <span class="view-name">{s.nav[page.at]}</span>
        </button>
      ))}
    </nav>
  );
}

/** For the command bar. */
export function placeCommands(env: Told): { id: string; label: string; run: () => void }[] {
  return PLACES.map(({ page }) => ({
    id: `page-${page.at}`,
    label: env.s.nav[page.at],
    run: () => goTo(page, env),
  }));
}
