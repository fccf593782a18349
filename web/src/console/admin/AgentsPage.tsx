/** Agents: who they are, how much they take at once, what they know; and adding one. */
import type { VNode } from 'preact';
import { LANG_NAMES, LANGS } from '@/i18n';
import { Field } from '@/ui/field';
import { useEnv } from '../env';
import { checkAgent, checkEmail, levelOf } from './checking';
import { useAdmin } from './context';
import type { Draft } from './draft';
import { Form } from './Form';
import { Group, NumberField, Select } from './fields';
import { NewPassword } from './NewPassword';
import { Roster } from './Roster';
import { NEW, type NewAgent } from './store';
import type { Agent } from './wire';

export function AgentsPage(): VNode {
  const { admin, kept, a } = useAdmin();
  const g = a.agents;
  const asked = admin.chosen.value.agents;
  const known = kept.agents.some(({ id }) => id === asked);
  const key = asked === NEW || known ? (asked ?? NEW) : (kept.agents[0]?.id ?? NEW);
  return (
    <>
      <p class="admin-lead">{g.lead}</p>
      <NewPassword />
      <Roster
        page="agents"
        label={a.pages.agents}
        add={g.add}
        fresh={g.fresh}
        chosen={key}
        items={kept.agents.map((one) => ({
          key: one.id,
          name: one.name,
          more: g.roles[one.role],
        }))}
      >
        <One key={key} id={key} />
      </Roster>
    </>
  );
}

function One({ id }: { id: string }): VNode | null {
  const { admin, a } = useAdmin();
  const draft = admin.agent(id);
  const value = draft.value.value;
  if (value === null) return null;
  const fresh = id === NEW;
  const send = async ({ email, lang, ...settings }: NewAgent) => {
    if (!fresh) {
      await admin.api.put(`/agent/admin/agents/${id}`, settings);
      return;
    }
    const body = { ...settings, email: email.trim(), lang };
    const made = await admin.api.post<Agent & { password: string }>('/agent/admin/agents', body);
    admin.fresh.value = { name: made.name, email: made.email, password: made.password };
    admin.choose('agents', made.id);
  };
  return (
    <Form
      draft={draft}
      check={(typed) => ({ ...checkAgent(typed, a), ...(fresh ? checkEmail(typed.email, a) : {}) })}
      send={send}
      onSaved={() => {
        if (fresh) draft.discard();
      }}
    >
      <Who draft={draft} value={value} id={id} />
      <Load draft={draft} value={value} />
      <Langs draft={draft} value={value} />
      <Departments draft={draft} value={value} />
      <Skills draft={draft} value={value} />
    </Form>
  );
}

interface PartProps {
  draft: Draft<NewAgent>;
  value: NewAgent;
}

const ROLES = ['agent', 'supervisor'] as const;

function Who({ draft, value, id }: PartProps & { id: string }): VNode {
  const { desk } = useEnv();
  const { a } = useAdmin();
  const g = a.agents;
  const problems = draft.problems.value;
  return (
    <>
      <Field
        label={g.name}
        hint={g.nameHint}
        value={value.name}
        error={problems.name}
        maxLength={120}
        autocomplete="off"
        onValue={(name) => draft.set({ name })}
      />
      {id === NEW ? (
        <div class="fields-row">
          <Field
            label={g.email}
            hint={g.emailHint}
            type="email"
            value={value.email}
            error={problems.email}
            autocomplete="off"
            onValue={(email) => draft.set({ email })}
          />
          <Select
            label={g.lang}
            value={value.lang}
            options={LANGS.map((lang) => ({ value: lang, label: LANG_NAMES[lang] }))}
            onValue={(lang) => draft.set({ lang: lang as NewAgent['lang'] })}
          />
        </div>
      ) : (
        <p class="admin-fact">
          <span class="field-label">{g.email}</span> {value.email}
        </p>
      )}
      <Group
        legend={g.role}
        error={problems.role}
        hint={id === desk.id && value.role !== 'supervisor' ? g.yourself : undefined}
      >
        {ROLES.map((role) => (
          <label key={role} class="check">
            <input
              type="radio"
              name="role"
              checked={value.role === role}
              onChange={() => draft.set({ role })}
            />
            <span class="check-text">
              {g.roles[role]}
              <small class="faint">{g.roleHints[role]}</small>
            </span>
          </label>
        ))}
      </Group>
    </>
  );
}

function Load({ draft, value }: PartProps): VNode {
  const { a } = useAdmin();
  const g = a.agents;
  const problems = draft.problems.value;
  return (
    <Group legend={g.load}>
      <div class="fields-row">
        <NumberField
          label={g.capacity}
          hint={g.capacityHint}
          value={value.capacity}
          error={problems.capacity}
          onValue={(capacity) => draft.set({ capacity })}
        />
        <NumberField
          label={g.calls}
          hint={g.callsHint}
          value={value.max_calls}
          error={problems.max_calls}
          onValue={(max_calls) => draft.set({ max_calls })}
        />
      </div>
    </Group>
  );
}

function Langs({ draft, value }: PartProps): VNode {
  const { a } = useAdmin();
  return (
    <Group legend={a.agents.langs} error={draft.problems.value.langs} class="choices-row">
      {LANGS.map((lang) => (
        <label key={lang} class="check">
          <input
            type="checkbox"
            checked={value.langs.includes(lang)}
            onChange={(event) => {
              const on = event.currentTarget.checked;
              draft.set({
                langs: LANGS.filter((one) => (one === lang ? on : value.langs.includes(one))),
              });
            }}
          />
          {LANG_NAMES[lang]}
        </label>
      ))}
    </Group>
  );
}

function Departments({ draft, value }: PartProps): VNode {
  const { kept, a } = useAdmin();
  return (
    <Group
      legend={a.agents.departments}
      error={draft.problems.value.departments}
      class="choices-grid"
    >
      {kept.departments.map(({ id, name }) => (
        <label key={id} class="check">
          <input
            type="checkbox"
            checked={value.departments.includes(id)}
            onChange={(event) => {
              const others = value.departments.filter((one) => one !== id);
              draft.set({ departments: event.currentTarget.checked ? [...others, id] : others });
            }}
          />
          {name}
        </label>
      ))}
    </Group>
  );
}

const LEVELS = [1, 2, 3, 4, 5];

function Skills({ draft, value }: PartProps): VNode {
  const { kept, a } = useAdmin();
  const g = a.agents;
  const set = (skill: string, level: number) => {
    const others = value.skills.filter((one) => one.skill !== skill);
    const next = level > 0 ? [...others, { skill, level }] : others;
    draft.set({ skills: next.sort((one, other) => (one.skill < other.skill ? -1 : 1)) });
  };
  return (
    <Group
      legend={g.skills}
      hint={kept.skills.length > 0 ? g.skillsHint : g.noSkills}
      error={draft.problems.value.skills}
    >
      <ul class="levels-list">
        {kept.skills.map(({ id, name }) => (
          <li key={id}>
            <span aria-hidden="true">{name}</span>
            <Select
              hidden
              label={g.level(name)}
              value={String(levelOf(value, name))}
              options={[
                { value: '0', label: g.noSkill },
                ...LEVELS.map((level) => ({ value: String(level), label: String(level) })),
              ]}
              onValue={(level) => set(name, Number(level))}
            />
          </li>
        ))}
      </ul>
    </Group>
  );
}
