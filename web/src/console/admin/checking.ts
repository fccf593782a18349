/**
 * What cannot be kept, found before it is sent and told at its field. The server rules; this says
 * the same sooner, and in the reader's language. Pure.
 */
import { ApiError } from '@/client/api';
import type { Problems } from './draft';
import type { AdminStrings } from './strings.en';
import { isGood } from './times';
import {
  type Agent,
  type AgentSettings,
  type Department,
  type DepartmentSettings,
  type Hours,
  MODES,
  type Reply,
  type Routing,
  TARGETS,
  type Targets,
} from './wire';

const DAY = 86_400;

function within(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function only(problems: Record<string, string | null | false>): Problems {
  return Object.fromEntries(
    Object.entries(problems).filter((entry): entry is [string, string] => Boolean(entry[1])),
  );
}

/** The way round, by name, when who overflows from `key` comes by a department again; else null. */
export function overflowCircle(
  key: string,
  to: string | null,
  all: readonly Department[],
  name: string,
): string | null {
  const nameOf = (id: string) =>
    id === key ? name : (all.find((one) => one.id === id)?.name ?? '');
  const way = [key];
  for (let at = to; at !== null; at = all.find((one) => one.id === at)?.overflow_to ?? null) {
    const met = way.includes(at);
    way.push(at);
    if (met) return way.map(nameOf).join(' → ');
  }
  return null;
}

export function checkDepartment(
  typed: DepartmentSettings,
  key: string,
  all: readonly Department[],
  a: AdminStrings,
): Problems {
  const name = typed.name.trim();
  const taken = all.some((one) => one.id !== key && sameName(one.name, name));
  const circle = overflowCircle(key, typed.overflow_to, all, name);
  const { overflow_seconds: after } = typed;
  return only({
    name: name === '' || name.length > 80 ? a.refused.bad_name : taken && a.refused.name_taken,
    offer_seconds: !within(typed.offer_seconds, 5, 300) && a.refused.bad_offer_seconds,
    wrapup_seconds: !within(typed.wrapup_seconds, 0, 3600) && a.refused.bad_wrapup_seconds,
    overflow_seconds: after !== null && !within(after, 10, DAY) && a.refused.bad_overflow,
    overflow_to: circle !== null && a.departments.circle(circle),
    hours: typed.hours !== null && checkHours(typed.hours, a),
    ...checkTargets(typed.targets, a),
  });
}

export function checkTargets(targets: Targets, a: AdminStrings): Problems {
  return only(
    Object.fromEntries(
      TARGETS.map((kind) => {
        const seconds = targets[kind];
        return [
          `targets.${kind}`,
          seconds !== null && !within(seconds, 5, 7 * DAY) && a.targets.bad,
        ];
      }),
    ),
  );
}

/** The sentence of hours that cannot be kept; null when they can. */
export function checkHours(hours: Hours, a: AdminStrings): string | null {
  if (!isZone(hours.tz)) return a.hours.tzBad;
  return isGood(hours) ? null : a.refused.bad_hours;
}

/** Whether the browser knows a time zone of the IANA database by this name. */
export function isZone(tz: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: tz });
    return tz !== '' && !/^[+-]/.test(tz);
  } catch {
    return false;
  }
}

export function checkAgent(typed: AgentSettings, a: AdminStrings): Problems {
  const { capacity, max_calls, langs, name } = typed;
  const fits = within(capacity, 1, 50);
  return only({
    name: (name.trim() === '' || name.trim().length > 120) && a.refused.bad_name,
    capacity: !fits && a.refused.bad_capacity,
    max_calls: !within(max_calls, 0, fits ? capacity : 50) && a.refused.bad_capacity,
    langs: langs.length === 0 && a.refused.bad_langs,
  });
}

export function checkEmail(email: string, a: AdminStrings): Problems {
  return only({ email: !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email.trim()) && a.refused.bad_email });
}

/** At `weights.<mode>`, `rules.<n>.pages` and `rules.<n>.needs`. */
export function checkRouting(
  typed: Routing,
  departments: readonly Department[],
  agents: readonly Agent[],
  a: AdminStrings,
): Problems {
  const problems: Record<string, string | false> = {};
  for (const mode of MODES) {
    problems[`weights.${mode}`] = !within(typed.weights[mode], 1, 50) && a.rules.badWeight;
  }
  typed.rules.forEach((rule, at) => {
    const pages = rule.pages.trim();
    problems[`rules.${at}.pages`] =
      (!/^[/*]/.test(pages) || pages.length > 200) && a.rules.badPages;
    const where = departments.find((one) =>
      rule.department ? one.id === rule.department : one.usual,
    );
    const team = agents.filter(({ id }) => where?.members.includes(id));
    const lacking = rule.needs.find(
      (need) => !team.some((agent) => levelOf(agent, need.skill) >= need.level),
    );
    problems[`rules.${at}.needs`] =
      lacking !== undefined && a.rules.nobody(where?.name ?? '', lacking.skill, lacking.level);
  });
  return only(problems);
}

export function levelOf(agent: AgentSettings, skill: string): number {
  return agent.skills.find((one) => one.skill === skill)?.level ?? 0;
}

/** At `<n>.shortcut` and `<n>.text`. */
export function checkReplies(replies: readonly Reply[], a: AdminStrings): Problems {
  const problems: Record<string, string | false> = {};
  replies.forEach(({ shortcut, lang, text }, at) => {
    const twice = replies.some(
      (one, other) => other !== at && one.shortcut === shortcut && one.lang === lang,
    );
    problems[`${at}.shortcut`] = /^[\p{L}\p{N}_-]{1,40}$/u.test(shortcut)
      ? twice && a.canned.twice
      : a.canned.badShortcut;
    problems[`${at}.text`] = text.trim() === '' && a.canned.noText;
  });
  return only(problems);
}

/** The field of each refusal of the server; others are of the whole. */
const FIELDS: Readonly<Record<string, string>> = {
  bad_name: 'name',
  name_taken: 'name',
  bad_offer_seconds: 'offer_seconds',
  bad_wrapup_seconds: 'wrapup_seconds',
  bad_overflow: 'overflow_seconds',
  circular_overflow: 'overflow_to',
  bad_members: 'members',
  no_agent: 'members',
  bad_hours: 'hours',
  bad_targets: 'targets.first',
  usual_department: 'usual',
  bad_capacity: 'capacity',
  bad_langs: 'langs',
  bad_skills: 'skills',
  last_supervisor: 'role',
  bad_email: 'email',
  bad_text: 'email',
  email_taken: 'email',
  bad_weights: 'weights.chat',
  bad_rules: 'rules',
  bad_recording: 'days',
  nobody_has_skill: 'rules',
};

/** The sentence of a refusal, in the reader's language. */
export function refusalText(problem: unknown, a: AdminStrings): string {
  const code = problem instanceof ApiError ? problem.code : 'other';
  const known: Record<string, string> = a.refused;
  return Object.hasOwn(known, code) ? (known[code] ?? a.refused.other) : a.refused.other;
}

/** A refusal of the server, at its field. */
export function placed(problem: unknown, a: AdminStrings): Problems {
  const code = problem instanceof ApiError ? problem.code : '';
  return { [FIELDS[code] ?? '']: refusalText(problem, a) };
}

function sameName(one: string, other: string): boolean {
  return one.trim().toLowerCase() === other.toLowerCase();
}
