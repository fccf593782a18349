/** Service targets: by when there should be an answer, department by department. */
import type { VNode } from 'preact';
import { checkTargets } from './checking';
import { useAdmin } from './context';
import type { Problems } from './draft';
import { Form } from './Form';
import { DurationField } from './fields';
import { type Department, TARGETS, type Targets } from './wire';

interface TargetFieldsProps {
  targets: Targets;
  problems: Problems;
  onTargets: (targets: Targets) => void;
}

export function TargetFields({ targets, problems, onTargets }: TargetFieldsProps): VNode {
  const { a } = useAdmin();
  return (
    <div class="fields-row">
      {TARGETS.map((kind) => (
        <DurationField
          key={kind}
          label={a.targets.kinds[kind]}
          hint={a.targets.hints[kind]}
          optional
          value={targets[kind]}
          error={problems[`targets.${kind}`]}
          onValue={(seconds) => onTargets({ ...targets, [kind]: seconds })}
        />
      ))}
    </div>
  );
}

export function TargetsPage(): VNode {
  const { kept, a } = useAdmin();
  return (
    <>
      <p class="admin-lead">{a.targets.lead}</p>
      {kept.departments.map((department) => (
        <Targeted key={department.id} department={department} />
      ))}
    </>
  );
}

/** The same draft as on the page of departments: what was typed here stands there too. */
function Targeted({ department }: { department: Department }): VNode | null {
  const { admin, a } = useAdmin();
  const draft = admin.department(department.id);
  const value = draft.value.value;
  if (value === null) return null;
  return (
    <div class="admin-card">
      <h3>{department.name}</h3>
      <Form
        draft={draft}
        check={(typed) => checkTargets(typed.targets, a)}
        send={async (settings) => {
          await admin.api.put(`/agent/admin/departments/${department.id}`, settings);
        }}
      >
        <TargetFields
          targets={value.targets}
          problems={draft.problems.value}
          onTargets={(targets) => draft.set({ targets })}
        />
      </Form>
    </div>
  );
}
