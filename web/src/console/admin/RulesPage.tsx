/** Where conversations go by their page, what is asked for there, and what each kind of contact takes. */
import type { VNode } from 'preact';
import { Button, IconButton } from '@/ui/button';
import { Field } from '@/ui/field';
import { CloseIcon, DownIcon, PlusIcon } from '@/ui/icons';
import { Empty } from '../Empty';
import { checkRouting } from './checking';
import { useAdmin } from './context';
import { Form } from './Form';
import { Group, NumberField, Select } from './fields';
import { type EntryRule, MODES, type Routing } from './wire';

export function RulesPage(): VNode | null {
  const { admin, kept, a } = useAdmin();
  const r = a.rules;
  const draft = admin.routing;
  const value = draft.value.value;
  if (value === null) return null;
  const problems = draft.problems.value;
  const setRules = (rules: readonly EntryRule[]) => draft.set({ rules });
  return (
    <>
      <p class="admin-lead">{r.lead}</p>
      <Form
        draft={draft}
        check={(typed) => checkRouting(typed, kept.departments, kept.agents, a)}
        send={async (typed: Routing) => {
          await admin.api.put('/agent/admin/routing', typed);
        }}
      >
        <section class="hours-part" aria-label={r.title}>
          <h3>{r.title}</h3>
          {problems.rules && (
            <p class="field-error" role="alert">
              {problems.rules}
            </p>
          )}
          {value.rules.length === 0 && <Empty title={r.emptyTitle} text={r.emptyText} />}
          <ol class="rules-list">
            {value.rules.map((rule, at) => (
              <li key={at} class="admin-card rule">
                <RuleFields rule={rule} at={at} rules={value.rules} onRules={setRules} />
              </li>
            ))}
          </ol>
          <div class="hours-acts">
            <Button
              icon={<PlusIcon size={18} />}
              onClick={() => setRules([...value.rules, { pages: '', department: '', needs: [] }])}
            >
              {r.add}
            </Button>
          </div>
        </section>
        <Group legend={r.weights} hint={r.weightsHint}>
          <div class="fields-row weights">
            {MODES.map((mode) => (
              <NumberField
                key={mode}
                label={r.modes[mode]}
                value={value.weights[mode]}
                error={problems[`weights.${mode}`]}
                onValue={(units) => draft.set({ weights: { ...value.weights, [mode]: units } })}
              />
            ))}
          </div>
        </Group>
      </Form>
    </>
  );
}

interface RuleFieldsProps {
  rule: EntryRule;
  at: number;
  rules: readonly EntryRule[];
  onRules: (rules: readonly EntryRule[]) => void;
}

function RuleFields({ rule, at, rules, onRules }: RuleFieldsProps): VNode {
  const { admin, kept, a } = useAdmin();
  const r = a.rules;
  const problems = admin.routing.problems.value;
  const usual = kept.departments.find((one) => one.usual)?.name ?? '';
  const named = rule.pages || r.rule(at + 1);
  const change = (part: Partial<EntryRule>) =>
    onRules(rules.map((one, index) => (index === at ? { ...one, ...part } : one)));
  const swap = (with_: number) => {
    const next = [...rules];
    const [one, other] = [next[at], next[with_]];
    if (!one || !other) return;
    next[at] = other;
    next[with_] = one;
    onRules(next);
  };
  return (
    <>
      <div class="rule-head">
        <b>{r.rule(at + 1)}</b>
        <IconButton
          label={r.up(named)}
          icon={<DownIcon size={18} />}
          class="rule-up"
          disabled={at === 0}
          onClick={() => swap(at - 1)}
        />
        <IconButton
          label={r.down(named)}
          icon={<DownIcon size={18} />}
          disabled={at === rules.length - 1}
          onClick={() => swap(at + 1)}
        />
        <IconButton
          label={a.removeOf(named)}
          icon={<CloseIcon size={18} />}
          onClick={() => onRules(rules.filter((_, index) => index !== at))}
        />
      </div>
      <div class="fields-row">
        <Field
          label={r.pages}
          hint={r.pagesHint}
          value={rule.pages}
          error={problems[`rules.${at}.pages`]}
          placeholder="/garden/*"
          spellcheck={false}
          autocapitalize="off"
          autocomplete="off"
          onValue={(pages) => change({ pages })}
        />
        <Select
          label={r.department}
          value={rule.department}
          options={[
            { value: '', label: r.usual(usual) },
            ...kept.departments.map(({ id, name }) => ({ value: id, label: name })),
          ]}
          onValue={(department) => change({ department })}
        />
      </div>
      <Needs rule={rule} error={problems[`rules.${at}.needs`]} onChange={change} />
    </>
  );
}

const LEVELS = ['1', '2', '3', '4', '5'];

interface NeedsProps {
  rule: EntryRule;
  error: string | undefined;
  onChange: (part: Partial<EntryRule>) => void;
}

function Needs({ rule, error, onChange }: NeedsProps): VNode | null {
  const { kept, a } = useAdmin();
  const r = a.rules;
  const { needs } = rule;
  const used = new Set(needs.map(({ skill }) => skill));
  const free = kept.skills.find(({ name }) => !used.has(name));
  if (kept.skills.length === 0 && needs.length === 0) return null;
  const change = (at: number, part: Partial<EntryRule['needs'][number]>) =>
    onChange({ needs: needs.map((one, index) => (index === at ? { ...one, ...part } : one)) });
  return (
    <Group legend={r.needs} error={error} class="needs">
      {needs.map((need, at) => (
        <span key={need.skill} class="need">
          <Select
            hidden
            label={r.need}
            value={need.skill}
            options={kept.skills
              .filter(({ name }) => name === need.skill || !used.has(name))
              .map(({ name }) => ({ value: name, label: name }))}
            onValue={(skill) => change(at, { skill })}
          />
          <span aria-hidden="true">{r.level}</span>
          <Select
            hidden
            label={`${need.skill}: ${r.level}`}
            value={String(need.level)}
            options={LEVELS.map((level) => ({ value: level, label: level }))}
            onValue={(level) => change(at, { level: Number(level) })}
          />
          <IconButton
            label={a.removeOf(need.skill)}
            icon={<CloseIcon size={18} />}
            onClick={() => onChange({ needs: needs.filter((_, index) => index !== at) })}
          />
        </span>
      ))}
      {free && (
        <Button
          variant="quiet"
          icon={<PlusIcon size={18} />}
          onClick={() => onChange({ needs: [...needs, { skill: free.name, level: 1 }] })}
        >
          {r.addNeed}
        </Button>
      )}
    </Group>
  );
}
