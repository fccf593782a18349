/** Which way calls take, and who learns whose address by it; and whether they are recorded. */
import type { VNode } from 'preact';
import { useAdmin } from './context';
import { Form } from './Form';
import { Group } from './fields';
import { RecordingForm } from './RecordingForm';
import { type CallWays, MEDIA_POLICIES } from './wire';

export function CallsPage(): VNode | null {
  const { admin, a } = useAdmin();
  const c = a.calls;
  const draft = admin.calls;
  const value = draft.value.value;
  if (value === null) return null;
  return (
    <>
      <p class="admin-lead">{c.lead}</p>
      <Form
        draft={draft}
        check={() => ({})}
        send={async ({ media_policy }: CallWays) => {
          await admin.api.put('/agent/admin/calls', { media_policy });
        }}
      >
        <Group legend={c.way} error={draft.problems.value.media_policy}>
          {MEDIA_POLICIES.map((policy) => {
            const missing = policy === 'relay' && !value.relays;
            return (
              <label key={policy} class="check">
                <input
                  type="radio"
                  name="media_policy"
                  checked={value.media_policy === policy}
                  disabled={missing && value.media_policy !== policy}
                  onChange={() => draft.set({ media_policy: policy })}
                />
                <span class="check-text">
                  {c.ways[policy]}
                  <small class="faint">{missing ? c.noRelay : c.hints[policy]}</small>
                </span>
              </label>
            );
          })}
        </Group>
      </Form>
      <RecordingForm />
    </>
  );
}
