/** What the floor amounts to: the numbers of its tiles, and the order of its lists. Pure. */
import {
  type Floor,
  type FloorAgent,
  type FloorDepartment,
  KINDS,
  type Level,
  type Score,
  type Waiting,
} from './wire';

export interface Totals {
  waiting: number;
  /** When whoever has waited longest began to; null when nobody waits. */
  longest: number | null;
  offered: number;
  available: number;
  away: number;
  notResponding: number;
  level: Level;
}

export function totals({ departments, waiting, agents }: Floor): Totals {
  const since = waiting.filter(({ place }) => place > 0).map((one) => one.since);
  const standing = (presence: Presence) =>
    agents.filter((agent) => presenceOf(agent) === presence).length;
  return {
    waiting: since.length,
    longest: since.length > 0 ? Math.min(...since) : null,
    offered: waiting.filter(({ state }) => state === 'offered').length,
    available: standing('available') + standing('full'),
    away: standing('away'),
    notResponding: standing('not_responding'),
    level: sumLevels(departments),
  };
}

function sumLevels(departments: readonly FloorDepartment[]): Level {
  const sum = (pick: (level: Level) => Score): Score => ({
    achieved: departments.reduce((all, { level }) => all + pick(level).achieved, 0),
    breached: departments.reduce((all, { level }) => all + pick(level).breached, 0),
  });
  const [first, next, wait] = KINDS.map((kind) => sum((level) => level[kind]));
  const none = { achieved: 0, breached: 0 };
  return { first: first ?? none, next: next ?? none, wait: wait ?? none };
}

/** Whole per cent that were in time; null when there was nothing to be in time for. */
export function percent({ achieved, breached }: Score): number | null {
  const all = achieved + breached;
  if (all === 0) return null;
  // One that was late is never hidden by rounding, and one in time neither.
  if (breached > 0 && achieved > 0)
    return Math.min(99, Math.max(1, Math.round((achieved / all) * 100)));
  return breached === 0 ? 100 : 0;
}

export type Presence = 'not_responding' | 'available' | 'full' | 'away' | 'offline';

export function presenceOf({ online, state, used, capacity }: FloorAgent): Presence {
  if (!online) return 'offline';
  if (state !== 'available') return state;
  return used >= capacity ? 'full' : 'available';
}

const RANK: Record<Presence, number> = {
  not_responding: 0,
  available: 1,
  full: 2,
  away: 3,
  offline: 4,
};

/** Who needs a look first, then who can be given work; by name within, so that nobody jumps about. */
export function sortAgents(agents: readonly FloorAgent[]): FloorAgent[] {
  return [...agents].sort(
    (a, b) => RANK[presenceOf(a)] - RANK[presenceOf(b)] || a.name.localeCompare(b.name),
  );
}

/** As they will be served: by department, then place; callbacks of later after them, by their time. */
export function sortWaiting(
  waiting: readonly Waiting[],
  departments: readonly FloorDepartment[],
): Waiting[] {
  const order = new Map(departments.map(({ id }, at) => [id, at]));
  const of = (one: Waiting) => order.get(one.department) ?? departments.length;
  return [...waiting].sort(
    (a, b) =>
      of(a) - of(b) ||
      Number(a.place === 0) - Number(b.place === 0) ||
      a.place - b.place ||
      (a.callback_at ?? 0) - (b.callback_at ?? 0),
  );
}

/** Those of one department; null: all. */
export function ofDepartment<T extends { department: string } | { departments: string[] }>(
  all: readonly T[],
  department: string | null,
): T[] {
  return all.filter(
    (one) =>
      department === null ||
      ('department' in one ? one.department === department : one.departments.includes(department)),
  );
}
