/** What the routes under /api/v1/agent/admin take and give. Durations are in seconds. */

export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Day = (typeof DAYS)[number];

/** From and to on the wall's clock, "09:00" and "17:00"; the end may be "24:00". */
export type Span = readonly [string, string];
export type Week = Readonly<Record<Day, readonly Span[]>>;

export interface Special {
  /** 2026-12-24 */
  date: string;
  spans: readonly Span[];
  note: string;
}

export interface Hours {
  tz: string;
  week: Week;
  /** The country whose public holidays are free days. */
  holidays: string | null;
  exceptions: readonly Special[];
}

export const TARGETS = ['first', 'next', 'wait'] as const;
export type Target = (typeof TARGETS)[number];
export type Targets = Readonly<Record<Target, number | null>>;

export interface DepartmentSettings {
  name: string;
  usual: boolean;
  assignment: 'auto' | 'manual';
  offer_seconds: number;
  wrapup_seconds: number;
  overflow_seconds: number | null;
  overflow_to: string | null;
  /** Null: those of the shop. */
  hours: Hours | null;
  targets: Targets;
  members: readonly string[];
}

export interface Department extends DepartmentSettings {
  id: string;
}

export interface Skill {
  id: string;
  name: string;
}

export interface SkillLevel {
  /** Its name. */
  skill: string;
  level: number;
}

export interface AgentSettings {
  name: string;
  role: 'agent' | 'supervisor';
  capacity: number;
  max_calls: number;
  langs: readonly string[];
  departments: readonly string[];
  skills: readonly SkillLevel[];
}

export interface Agent extends AgentSettings {
  id: string;
  email: string;
}

export const MODES = ['chat', 'voice', 'video', 'callback'] as const;
export type Weights = Readonly<Record<(typeof MODES)[number], number>>;

export interface EntryRule {
  pages: string;
  /** Empty: the usual one. */
  department: string;
  needs: readonly SkillLevel[];
}

export interface Routing {
  weights: Weights;
  rules: readonly EntryRule[];
}

export interface Reply {
  shortcut: string;
  lang: 'fi' | 'sv' | 'en';
  text: string;
}

export const MEDIA_POLICIES = ['server', 'direct', 'relay'] as const;

export interface CallWays {
  media_policy: (typeof MEDIA_POLICIES)[number];
  /** There is a TURN server, so that "relay" can be chosen. */
  relays: boolean;
}

export const MAX_RECORDING_DAYS = 3650;

/** GET and PUT /agent/recording */
export interface RecordingRules {
  allowed: boolean;
  /** For how many days a recording is kept. */
  days: number;
  /** Who has the conversation may play it too. */
  agents: boolean;
}

export interface Holidays {
  country: string;
  days: { date: string; name: string }[];
  countries: string[];
}
