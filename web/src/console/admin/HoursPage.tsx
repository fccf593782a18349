/** The shop's opening hours; departments without hours of their own keep them. */
import type { VNode } from 'preact';
import { checkHours } from './checking';
import { useAdmin } from './context';
import { Form } from './Form';
import { HoursEditor } from './HoursEditor';

export function HoursPage(): VNode | null {
  const { admin, a } = useAdmin();
  const draft = admin.hours;
  const hours = draft.value.value;
  if (hours === null) return null;
  return (
    <>
      <p class="admin-lead">{a.hours.lead}</p>
      <Form
        draft={draft}
        check={(typed): Record<string, string> => {
          const wrong = checkHours(typed, a);
          return wrong === null ? {} : { hours: wrong };
        }}
        send={async (typed) => {
          await admin.api.put('/agent/admin/hours', typed);
        }}
      >
        <HoursEditor
          hours={hours}
          error={draft.problems.value.hours}
          onHours={(next) => draft.set(next)}
        />
      </Form>
    </>
  );
}
