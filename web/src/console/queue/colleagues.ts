/** Colleagues as one may ask them: who is there, how busy they are, what they know. Pure. */
import type { AgentState } from './standing';

export interface SkillLevel {
  skill: string;
  /** Its name, where the server gives both. */
  name?: string;
  level: number;
}

/** An entry of GET /agent/colleagues. */
export interface Colleague {
  id: string;
  name: string;
  role: string;
  online: boolean;
  available?: boolean;
  state?: AgentState;
  reason?: string;
  capacity?: number;
  used?: number;
  departments?: readonly (string | { id: string; name: string })[];
  skills?: readonly SkillLevel[];
  langs?: readonly string[];
}

/** An entry of GET /agent/departments. */
export interface DepartmentInfo {
  id: string;
  name: string;
  open: boolean;
  staffed: boolean;
}

export type Presence = 'free' | 'full' | 'away' | 'not_responding' | 'offline';

export function presenceOf(colleague: Colleague): Presence {
  if (!colleague.online) return 'offline';
  const state = colleague.state ?? (colleague.available ? 'available' : 'away');
  if (state !== 'available') return state;
  const { used = 0, capacity = 0 } = colleague;
  return capacity > 0 && used >= capacity ? 'full' : 'free';
}

/** Who is full can give advice, which takes no place; who is not there can do neither. */
export function canTakeOver(colleague: Colleague): boolean {
  return presenceOf(colleague) === 'free';
}
export function canAdvise(colleague: Colleague): boolean {
  return ['free', 'full'].includes(presenceOf(colleague));
}

const RANK: Record<Presence, number> = { free: 0, full: 1, away: 2, not_responding: 3, offline: 4 };

/** Who can help now first; the least busy of them on top. */
export function sortColleagues(all: readonly Colleague[]): Colleague[] {
  const load = ({ used = 0, capacity = 0 }: Colleague) => (capacity > 0 ? used / capacity : 0);
  return [...all].sort(
    (a, b) =>
      RANK[presenceOf(a)] - RANK[presenceOf(b)] ||
      load(a) - load(b) ||
      a.name.localeCompare(b.name),
  );
}

export function skillName(skill: SkillLevel): string {
  return skill.name ?? skill.skill;
}

/** Those with all the words in their name, skills, languages or departments. */
export function findColleagues(all: readonly Colleague[], query: string): Colleague[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter(({ name, skills = [], langs = [], departments = [] }) => {
    const places = departments.map((d) => (typeof d === 'string' ? d : d.name));
    const text = [name, ...skills.map(skillName), ...langs, ...places].join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** Every skill that somebody of a department has, with the best level there is. */
export function skillsOf(all: readonly Colleague[], department: string): SkillLevel[] {
  const best = new Map<string, number>();
  for (const { departments = [], skills = [] } of all) {
    const member = departments.some((d) => (typeof d === 'string' ? d : d.id) === department);
    if (!member) continue;
    for (const skill of skills) {
      const name = skillName(skill);
      best.set(name, Math.max(best.get(name) ?? 0, skill.level));
    }
  }
  return [...best]
    .map(([skill, level]) => ({ skill, level }))
    .sort((a, b) => a.skill.localeCompare(b.skill));
}
