/** The shop's settings as the server has them, and what is being changed of them. Knows no DOM. */
import { batch, computed, type ReadonlySignal, signal } from '@preact/signals';
import type { Api } from '@/client/api';
import { ApiError } from '@/client/api';
import type { AdminPage } from '../pages';
import { Draft } from './draft';
import type {
  Agent,
  AgentSettings,
  CallWays,
  Department,
  DepartmentSettings,
  Hours,
  RecordingRules,
  Reply,
  Routing,
  Skill,
} from './wire';

export interface Kept {
  departments: readonly Department[];
  agents: readonly Agent[];
  skills: readonly Skill[];
  hours: Hours;
  routing: Routing;
  canned: readonly Reply[];
  calls: CallWays;
  recording: RecordingRules;
}

/** The key of what is not there yet. */
export const NEW = 'new';

export interface NewAgent extends AgentSettings {
  email: string;
  lang: 'fi' | 'sv' | 'en';
}

/** An account that was just made, with the password that nobody is told again. */
export interface Fresh {
  name: string;
  email: string;
  password: string;
}

const NO_DEPARTMENT: DepartmentSettings = {
  name: '',
  usual: false,
  assignment: 'auto',
  offer_seconds: 15,
  wrapup_seconds: 0,
  overflow_seconds: null,
  overflow_to: null,
  hours: null,
  targets: { first: null, next: null, wait: null },
  members: [],
};

const NO_AGENT: NewAgent = {
  name: '',
  email: '',
  lang: 'fi',
  role: 'agent',
  capacity: 4,
  max_calls: 1,
  langs: ['fi', 'sv', 'en'],
  departments: [],
  skills: [],
};

export class Admin {
  readonly api: Api;
  readonly #kept = signal<Kept | null>(null);
  readonly #failure = signal<string | null>(null);
  readonly #drafts = signal<ReadonlyMap<string, Draft<never>>>(new Map());
  /** What is chosen on pages with a list: a key, or NEW. */
  readonly chosen = signal<Readonly<Partial<Record<AdminPage, string>>>>({});
  readonly fresh = signal<Fresh | null>(null);
  readonly hours: Draft<Hours>;
  readonly routing: Draft<Routing>;
  readonly canned: Draft<readonly Reply[]>;
  readonly calls: Draft<CallWays>;
  readonly recording: Draft<RecordingRules>;
  /** Whether anything at all is not saved. */
  readonly dirty: ReadonlySignal<boolean>;

  constructor(api: Api) {
    this.api = api;
    this.hours = this.#draft('hours/', () => this.#kept.value?.hours ?? null);
    this.routing = this.#draft('rules/', () => this.#kept.value?.routing ?? null);
    this.canned = this.#draft('canned/', () => this.#kept.value?.canned ?? null);
    this.calls = this.#draft('calls/ways', () => this.#kept.value?.calls ?? null);
    this.recording = this.#draft('calls/recording', () => this.#kept.value?.recording ?? null);
    this.dirty = computed(() => [...this.#drafts.value.values()].some(({ dirty }) => dirty.value));
  }

  get kept(): ReadonlySignal<Kept | null> {
    return this.#kept;
  }
  /** Why the settings could not be loaded, as a stable word. */
  get failure(): ReadonlySignal<string | null> {
    return this.#failure;
  }

  /** Ask for all of it. Throws nothing: a failure is told. */
  async load(): Promise<void> {
    this.#failure.value = null;
    try {
      await this.refresh();
    } catch (error) {
      this.#failure.value = error instanceof ApiError ? error.code : 'other';
    }
  }

  /** Ask for all of it again, because something was changed. @throws ApiError */
  async refresh(): Promise<void> {
    const get = <T>(path: string) => this.api.get<T>(path);
    const [departments, agents, skills, hours, routing, canned, calls, recording] =
      await Promise.all([
        get<Department[]>('/agent/admin/departments'),
        get<Agent[]>('/agent/admin/agents'),
        get<Skill[]>('/agent/admin/skills'),
        get<Hours>('/agent/admin/hours'),
        get<Routing>('/agent/admin/routing').then(withLevels),
        get<(Reply & { id?: string })[]>('/agent/canned'),
        get<CallWays>('/agent/admin/calls'),
        get<RecordingRules>('/agent/recording'),
      ]);
    const replies = canned.map(({ shortcut, lang, text }) => ({ shortcut, lang, text }));
    batch(() => {
      this.#kept.value = {
        departments,
        agents,
        skills,
        hours,
        routing,
        canned: replies,
        calls,
        recording,
      };
      this.#failure.value = null;
    });
  }

  department(key: string): Draft<DepartmentSettings> {
    return this.#draft(`departments/${key}`, () => {
      const known = this.#kept.value?.departments.find(({ id }) => id === key);
      if (known) {
        const { id: _, ...settings } = known;
        return settings;
      }
      return key === NEW ? NO_DEPARTMENT : null;
    });
  }

  agent(key: string): Draft<NewAgent> {
    return this.#draft(`agents/${key}`, () => {
      const known = this.#kept.value?.agents.find(({ id }) => id === key);
      if (known) {
        const { id: _, ...settings } = known;
        return { ...settings, lang: NO_AGENT.lang };
      }
      return key === NEW ? NO_AGENT : null;
    });
  }

  choose(page: AdminPage, key: string): void {
    this.chosen.value = { ...this.chosen.value, [page]: key };
  }

  /** Whether something of a page, or of one thing on it, is not saved. */
  unsaved(page: AdminPage, key = ''): boolean {
    const prefix = `${page}/${key}`;
    const own = (name: string) => (key === '' ? name.startsWith(prefix) : name === prefix);
    return [...this.#drafts.value].some(([name, { dirty }]) => own(name) && dirty.value);
  }

  #draft<T>(name: string, kept: () => T | null): Draft<T> {
    const known = this.#drafts.peek().get(name);
    if (known) return known as unknown as Draft<T>;
    const made = new Draft<T>(kept);
    this.#drafts.value = new Map(this.#drafts.peek()).set(name, made as unknown as Draft<never>);
    return made;
  }
}

/** The wire leaves out what is as usual. */
function withLevels({ weights, rules }: Routing): Routing {
  const full = rules.map((rule) => ({
    pages: rule.pages,
    department: rule.department ?? '',
    needs: (rule.needs ?? []).map(({ skill, level }) => ({ skill, level: level ?? 1 })),
  }));
  return { weights, rules: full };
}

const stores = new WeakMap<Api, Map<string, Admin>>();

/** The settings that this person changes: they are there again when they come back to the page. */
export function adminOf(api: Api, person: string): Admin {
  const known = stores.get(api) ?? new Map<string, Admin>();
  const admin = known.get(person) ?? new Admin(api);
  stores.set(api, known.set(person, admin));
  return admin;
}
