/** Shows one department's conversations, where there are several. */
import type { VNode } from 'preact';
import { Button } from '@/ui/button';
import { CheckIcon, PeopleIcon } from '@/ui/icons';
import { Menu } from '@/ui/menu';
import { Empty } from '../Empty';
import { useEnv } from '../env';
import { departmentsOf } from './places';

export function DepartmentFilter(): VNode | null {
  const { desk, q } = useEnv();
  const departments = departmentsOf(desk.inbox.items.value);
  const chosen = desk.department.value;
  if (departments.length < 2 && chosen === null) return null;
  const entry = (id: string | null, label: string) => ({
    label,
    checked: id === chosen,
    icon: id === chosen ? <CheckIcon size={18} /> : <span class="gap" />,
    run: () => desk.filterDepartment(id),
  });
  const name = departments.find(({ id }) => id === chosen)?.name;
  return (
    <Menu
      label={`${q.list.department}: ${name ?? q.list.all}`}
      icon={<PeopleIcon size={18} />}
      items={[entry(null, q.list.all), ...departments.map(({ id, name: of }) => entry(id, of))]}
    />
  );
}

/** Says beside the count that not all are shown. */
export function OnlyDepartment(): VNode | null {
  const { desk } = useEnv();
  const chosen = desk.department.value;
  const known = departmentsOf(desk.inbox.items.value).find(({ id }) => id === chosen);
  return known ? <b>{` · ${known.name}`}</b> : null;
}

/** The list is empty because of the filter. */
export function NothingThere(): VNode {
  const { desk, q } = useEnv();
  const chosen = desk.department.value;
  const known = departmentsOf(desk.inbox.items.value).find(({ id }) => id === chosen);
  return (
    <Empty title={q.list.filteredTitle} text={known ? q.list.filteredText(known.name) : ''}>
      <Button onClick={() => desk.filterDepartment(null)}>{q.list.filteredAction}</Button>
    </Empty>
  );
}
