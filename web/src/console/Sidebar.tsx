/** The first zone: the inbox's views with their counts, availability, alerts and settings. */
import type { VNode } from 'preact';
import { IconButton } from '@/ui/button';
import {
  BellIcon,
  CheckIcon,
  ClockIcon,
  InboxIcon,
  PersonIcon,
  SearchIcon,
  SettingsIcon,
} from '@/ui/icons';
import { Logo } from '@/ui/logo';
import { askPermission, notificationPermission } from './alerting';
import { useEnv } from './env';
import { SupervisorNav } from './floor/Nav';
import { keyOf, showKey } from './keys';
import { DESK } from './pages';
import { isMac } from './platform';
import { StatusMenu } from './queue/StatusMenu';
import { VIEWS, type View } from './views';

const ICONS = { waiting: ClockIcon, mine: PersonIcon, all: InboxIcon, closed: CheckIcon };

export function Sidebar(): VNode {
  const { desk, prefs, screen, t } = useEnv();
  const counts = desk.counts.value;
  const commandKey = keyOf('commands', prefs.keys.value);
  return (
    <div class="zone-sidebar">
      <div class="sidebar-top">
        <Logo />
        <span class="sidebar-site">{desk.me.site.name}</span>
      </div>
      <button
        type="button"
        class="sidebar-command"
        title={t.nav.commands}
        onClick={() => {
          screen.dialog.value = 'commands';
        }}
      >
        <SearchIcon size={18} />
        <span>{t.nav.commands}</span>
        {commandKey && <kbd>{showKey(commandKey, isMac)}</kbd>}
      </button>
      <nav aria-label={t.nav.label} class="sidebar-views">
        {VIEWS.map((view) => (
          <ViewButton key={view} view={view} count={view === 'closed' ? null : counts[view]} />
        ))}
      </nav>
      <SupervisorNav />
      <div class="sidebar-bottom">
        {notificationPermission.value === 'default' && (
          <button
            type="button"
            class="sidebar-alerts"
            title={t.nav.alertsHint}
            onClick={() => void askPermission()}
          >
            <BellIcon size={18} />
            <span>{t.nav.alerts}</span>
          </button>
        )}
        <div class="sidebar-me">
          <StatusMenu />
          <IconButton
            label={t.nav.account}
            icon={<SettingsIcon />}
            onClick={() => {
              screen.dialog.value = 'settings';
            }}
          />
        </div>
      </div>
    </div>
  );
}

function ViewButton({ view, count }: { view: View; count: number | null }): VNode {
  const { desk, prefs, screen, t } = useEnv();
  const Icon = ICONS[view];
  const unread = view === 'mine' ? desk.counts.value.unread : 0;
  const current = screen.page.value.at === 'desk' && prefs.view.value === view;
  return (
    <button
      type="button"
      class="view"
      title={t.views[view]}
      aria-current={current ? 'page' : undefined}
      onClick={() => {
        screen.page.value = DESK;
        desk.show(view);
      }}
    >
      <Icon size={20} />
      <span class="view-name">{t.views[view]}</span>
      {count !== null && (
        <span
          class="view-count"
          data-urgent={(view === 'waiting' && count > 0) || unread > 0 || undefined}
        >
          {count}
          {unread > 0 && <span class="hidden-text">{`, ${t.nav.unread(unread)}`}</span>}
        </span>
      )}
    </button>
  );
}
