/** A list of things on the left and the chosen one beside it: departments, agents. */
import type { ComponentChildren, VNode } from 'preact';
import { Button } from '@/ui/button';
import { PlusIcon } from '@/ui/icons';
import type { AdminPage } from '../pages';
import { useAdmin } from './context';
import { NEW } from './store';

export interface RosterItem {
  key: string;
  name: string;
  more: string;
  chip?: string | undefined;
}

interface RosterProps {
  page: AdminPage;
  label: string;
  add: string;
  fresh: string;
  items: readonly RosterItem[];
  chosen: string;
  children: ComponentChildren;
}

export function Roster(props: RosterProps): VNode {
  const { page, label, add, fresh, items, chosen, children } = props;
  const { admin, a } = useAdmin();
  const rows =
    chosen === NEW || admin.unsaved(page, NEW)
      ? [...items, { key: NEW, name: fresh, more: '' }]
      : items;
  return (
    <div class="roster">
      <div class="roster-list">
        <ul aria-label={label}>
          {rows.map(({ key, name, more, chip }: RosterItem) => (
            <li key={key}>
              <button
                type="button"
                class="roster-item"
                aria-current={key === chosen ? 'true' : undefined}
                onClick={() => admin.choose(page, key)}
              >
                <span>
                  <b>{name}</b>
                  <small>{more}</small>
                </span>
                {chip && <span class="pill">{chip}</span>}
                {admin.unsaved(page, key) && (
                  <span class="unsaved" title={a.changed}>
                    <span class="hidden-text">{a.changed}</span>
                  </span>
                )}
              </button>
            </li>
          ))}
        </ul>
        <Button icon={<PlusIcon size={18} />} onClick={() => admin.choose(page, NEW)}>
          {add}
        </Button>
      </div>
      <div class="roster-one">{children}</div>
    </div>
  );
}
