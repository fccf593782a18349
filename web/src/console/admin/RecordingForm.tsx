/** Whether calls may be recorded, for how long a recording is kept, and who plays it. */
import type { VNode } from 'preact';
import { useAdmin } from './context';
import { Form } from './Form';
import { NumberField } from './fields';
import { MAX_RECORDING_DAYS, type RecordingRules } from './wire';

export function RecordingForm(): VNode | null {
  const { admin, a } = useAdmin();
  const r = a.recording;
  const draft = admin.recording;
  const value = draft.value.value;
  if (value === null) return null;
  const wrongDays = ({ days }: RecordingRules) => !(days >= 1 && days <= MAX_RECORDING_DAYS);
  return (
    <>
      <h3 class="admin-section">{r.title}</h3>
      <p class="admin-lead">{r.lead}</p>
      <Form
        draft={draft}
        check={(rules) => (wrongDays(rules) ? { days: a.refused.bad_recording } : {})}
        send={async ({ allowed, days, agents }: RecordingRules) => {
          await admin.api.put('/agent/recording', { allowed, days, agents });
        }}
      >
        <label class="check">
          <input
            type="checkbox"
            checked={value.allowed}
            onChange={(event) => draft.set({ allowed: event.currentTarget.checked })}
          />
          <span class="check-text">
            {r.allowed}
            <small class="faint">{r.allowedHint}</small>
          </span>
        </label>
        <NumberField
          label={r.days}
          hint={r.daysHint}
          value={value.days}
          error={draft.problems.value.days}
          onValue={(days) => draft.set({ days })}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={value.agents}
            onChange={(event) => draft.set({ agents: event.currentTarget.checked })}
          />
          <span class="check-text">
            {r.agents}
            <small class="faint">{r.agentsHint}</small>
          </span>
        </label>
      </Form>
    </>
  );
}
