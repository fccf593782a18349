/** Departments: who belongs to each, how its work is given, and where who waits too long goes. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { Avatar } from '@/ui/avatar';
import { Button } from '@/ui/button';
import { Field } from '@/ui/field';
import { checkDepartment } from './checking';
import { useAdmin } from './context';
import { DeleteDepartment } from './DeleteDepartment';
import type { Draft } from './draft';
import { Form } from './Form';
import { DurationField, Group, Select } from './fields';
import { HoursEditor } from './HoursEditor';
import { Roster } from './Roster';
import { NEW } from './store';
import { TargetFields } from './TargetsPage';
import type { Department, DepartmentSettings } from './wire';

export function DepartmentsPage(): VNode {
  const { admin, kept, a } = useAdmin();
  const d = a.departments;
  const asked = admin.chosen.value.departments;
  const known = kept.departments.some(({ id }) => id === asked);
  const key = asked === NEW || known ? (asked ?? NEW) : (kept.departments[0]?.id ?? NEW);
  return (
    <>
      <p class="admin-lead">{d.lead}</p>
      <Roster
        page="departments"
        label={a.pages.departments}
        add={d.add}
        fresh={d.fresh}
        chosen={key}
        items={kept.departments.map((one) => ({
          key: one.id,
          name: one.name,
          more: d.members(one.members.length),
          chip: one.usual ? d.usual : undefined,
        }))}
      >
        <One key={key} id={key} />
      </Roster>
    </>
  );
}

function One({ id }: { id: string }): VNode | null {
  const { admin, kept, a } = useAdmin();
  const draft = admin.department(id);
  const value = draft.value.value;
  if (value === null) return null;
  const send = async (settings: DepartmentSettings) => {
    if (id !== NEW) {
      await admin.api.put(`/agent/admin/departments/${id}`, settings);
      return;
    }
    const made = await admin.api.post<Department>('/agent/admin/departments', settings);
    admin.choose('departments', made.id);
  };
  return (
    <Form
      draft={draft}
      check={(typed) => checkDepartment(typed, id, kept.departments, a)}
      send={send}
      onSaved={() => {
        if (id === NEW) draft.discard();
      }}
      aside={id !== NEW && <Delete id={id} />}
    >
      <Name draft={draft} value={value} id={id} />
      <Team draft={draft} value={value} />
      <Work draft={draft} value={value} />
      <Overflow draft={draft} value={value} id={id} />
      <Group legend={a.departments.targets} hint={a.departments.targetsHint}>
        <TargetFields
          targets={value.targets}
          problems={draft.problems.value}
          onTargets={(targets) => draft.set({ targets })}
        />
      </Group>
      <OwnHours draft={draft} value={value} />
    </Form>
  );
}

interface PartProps {
  draft: Draft<DepartmentSettings>;
  value: DepartmentSettings;
}

function Name({ draft, value, id }: PartProps & { id: string }): VNode {
  const { kept, a } = useAdmin();
  const d = a.departments;
  // The usual one stays it until another is: then the server takes it from this one.
  const fixed = kept.departments.find((one) => one.id === id)?.usual ?? false;
  const problems = draft.problems.value;
  return (
    <>
      <Field
        label={d.name}
        value={value.name}
        error={problems.name}
        maxLength={80}
        autocomplete="off"
        onValue={(name) => draft.set({ name })}
      />
      <div class="field">
        <label class="check">
          <input
            type="checkbox"
            checked={value.usual}
            disabled={fixed}
            onChange={(event) => draft.set({ usual: event.currentTarget.checked })}
          />
          {d.isUsual}
        </label>
        {fixed && <span class="field-hint">{d.usualHint}</span>}
        {problems.usual && (
          <span class="field-error" role="alert">
            {problems.usual}
          </span>
        )}
      </div>
    </>
  );
}

function Team({ draft, value }: PartProps): VNode {
  const { kept, a } = useAdmin();
  const d = a.departments;
  const toggle = (id: string, on: boolean) =>
    draft.set({
      members: kept.agents
        .map((agent) => agent.id)
        .filter((one) => (one === id ? on : value.members.includes(one))),
    });
  return (
    <Group
      legend={d.team}
      hint={d.teamHint}
      error={draft.problems.value.members}
      class="choices-grid"
    >
      {kept.agents.length === 0 && <p class="faint">{d.nobody}</p>}
      {kept.agents.map(({ id, name }) => (
        <label key={id} class="check">
          <input
            type="checkbox"
            checked={value.members.includes(id)}
            onChange={(event) => toggle(id, event.currentTarget.checked)}
          />
          <Avatar id={id} name={name} size={24} />
          {name}
        </label>
      ))}
    </Group>
  );
}

const WAYS = ['auto', 'manual'] as const;

function Work({ draft, value }: PartProps): VNode {
  const { a } = useAdmin();
  const d = a.departments;
  const problems = draft.problems.value;
  return (
    <>
      <Group legend={d.work}>
        {WAYS.map((way) => (
          <label key={way} class="check">
            <input
              type="radio"
              name="assignment"
              checked={value.assignment === way}
              onChange={() => draft.set({ assignment: way })}
            />
            <span class="check-text">
              {d[way]}
              <small class="faint">{d[`${way}Hint`]}</small>
            </span>
          </label>
        ))}
      </Group>
      <div class="fields-row">
        <DurationField
          label={d.offer}
          hint={d.offerHint}
          value={value.offer_seconds}
          error={problems.offer_seconds}
          onValue={(seconds) => draft.set({ offer_seconds: seconds ?? Number.NaN })}
        />
        <DurationField
          label={d.wrapup}
          hint={d.wrapupHint}
          value={value.wrapup_seconds}
          error={problems.wrapup_seconds}
          onValue={(seconds) => draft.set({ wrapup_seconds: seconds ?? Number.NaN })}
        />
      </div>
    </>
  );
}

const PATIENCE = 120; // seconds; after about two minutes a shopper leaves a silent counter

function Overflow({ draft, value, id }: PartProps & { id: string }): VNode {
  const { kept, a } = useAdmin();
  const d = a.departments;
  const problems = draft.problems.value;
  const on = value.overflow_seconds !== null;
  return (
    <Group legend={d.overflow}>
      <label class="check">
        <input
          type="checkbox"
          checked={on}
          onChange={(event) =>
            draft.set(
              event.currentTarget.checked
                ? { overflow_seconds: PATIENCE }
                : { overflow_seconds: null, overflow_to: null },
            )
          }
        />
        {d.overflows}
      </label>
      {on && (
        <div class="fields-row">
          <DurationField
            label={d.overflowAfter}
            hint={d.overflowHint}
            value={value.overflow_seconds}
            error={problems.overflow_seconds}
            onValue={(seconds) => draft.set({ overflow_seconds: seconds ?? Number.NaN })}
          />
          <Select
            label={d.overflowTo}
            value={value.overflow_to ?? ''}
            error={problems.overflow_to}
            options={[
              { value: '', label: d.message },
              ...kept.departments
                .filter((one) => one.id !== id)
                .map((one) => ({ value: one.id, label: one.name })),
            ]}
            onValue={(to) => draft.set({ overflow_to: to || null })}
          />
        </div>
      )}
    </Group>
  );
}

function OwnHours({ draft, value }: PartProps): VNode {
  const { kept, a } = useAdmin();
  const d = a.departments;
  const own = value.hours !== null;
  return (
    <>
      <Group legend={d.hoursTitle}>
        <label class="check">
          <input
            type="radio"
            name="hours"
            checked={!own}
            onChange={() => draft.set({ hours: null })}
          />
          {d.hoursShop}
        </label>
        <label class="check">
          <input
            type="radio"
            name="hours"
            checked={own}
            onChange={() => draft.set({ hours: kept.hours })}
          />
          {d.hoursOwn}
        </label>
      </Group>
      {value.hours && (
        <HoursEditor
          hours={value.hours}
          error={draft.problems.value.hours}
          onHours={(hours) => draft.set({ hours })}
        />
      )}
    </>
  );
}

function Delete({ id }: { id: string }): VNode {
  const { kept, a } = useAdmin();
  const asked = useSignal(false);
  const department = kept.departments.find((one) => one.id === id);
  const d = a.departments;
  const stays = kept.departments.length < 2 ? d.onlyOne : department?.usual ? d.usualStays : '';
  return (
    <>
      <Button
        variant="quiet"
        class="admin-delete"
        disabled={stays !== ''}
        title={stays || undefined}
        onClick={() => {
          asked.value = true;
        }}
      >
        {d.del}
      </Button>
      {asked.value && department && (
        <DeleteDepartment
          department={department}
          onClose={() => {
            asked.value = false;
          }}
        />
      )}
    </>
  );
}
