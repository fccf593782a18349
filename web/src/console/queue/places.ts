/** Who stands where in which department. Pure. */
import type { ConversationSummary, Department } from '@/client/protocol.gen';

/**
 * The place of each conversation that waits, by age within its department, from 1. Who will be
 * called back later has no place until then.
 */
export function placesOf(
  rows: readonly ConversationSummary[],
  now: number,
): ReadonlyMap<string, number> {
  const waiting = rows
    .flatMap(({ id, queue }) => (queue ? [{ id, queue }] : []))
    .filter(({ queue }) => (queue.callback_at ?? 0) <= now)
    .sort((a, b) => a.queue.since - b.queue.since || (a.id < b.id ? -1 : 1));
  const last = new Map<string, number>();
  const places = new Map<string, number>();
  for (const { id, queue } of waiting) {
    const place = (last.get(queue.department.id) ?? 0) + 1;
    last.set(queue.department.id, place);
    places.set(id, place);
  }
  return places;
}

/** The departments that open conversations belong to, by name. */
export function departmentsOf(rows: readonly ConversationSummary[]): Department[] {
  const known = new Map<string, Department>();
  for (const row of rows) {
    const department = departmentOf(row);
    if (department && row.state !== 'closed') known.set(department.id, department);
  }
  return [...known.values()].sort((a, b) => a.name.localeCompare(b.name));
}

/** Where it waits, or who serves it belongs to. */
export function departmentOf(
  row: Pick<ConversationSummary, 'queue' | 'department'>,
): Department | null {
  return row.queue?.department ?? row.department ?? null;
}
