/** What agents may know: skills are added and removed here, and given to agents on their page. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { Button, IconButton } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Field } from '@/ui/field';
import { CloseIcon, PlusIcon } from '@/ui/icons';
import { toast } from '@/ui/toast';
import { Empty } from '../Empty';
import { refusalText } from './checking';
import { useAdmin } from './context';
import type { Skill } from './wire';

export function SkillsPage(): VNode {
  const { kept, a } = useAdmin();
  const s = a.skills;
  const removing = useSignal<Skill | null>(null);
  const asks = (name: string) =>
    kept.routing.rules.filter(({ needs }) => needs.some(({ skill }) => skill === name)).length;
  const has = (name: string) =>
    kept.agents.filter(({ skills }) => skills.some(({ skill }) => skill === name)).length;
  return (
    <>
      <p class="admin-lead">{s.lead}</p>
      <AddSkill />
      {kept.skills.length === 0 ? (
        <Empty title={s.emptyTitle} text={s.emptyText} />
      ) : (
        <ul class="admin-rows">
          {kept.skills.map((skill) => {
            const rules = asks(skill.name);
            return (
              <li key={skill.id}>
                <span class="check-text">
                  <b>{skill.name}</b>
                  <small class="faint">
                    {s.who(has(skill.name))}
                    {rules > 0 && ` · ${s.rules(rules)}`}
                  </small>
                </span>
                <IconButton
                  label={a.removeOf(skill.name)}
                  icon={<CloseIcon />}
                  onClick={() => {
                    removing.value = skill;
                  }}
                />
              </li>
            );
          })}
        </ul>
      )}
      {removing.value && (
        <RemoveSkill
          skill={removing.value}
          onClose={() => {
            removing.value = null;
          }}
        />
      )}
    </>
  );
}

function AddSkill(): VNode {
  const { admin, a } = useAdmin();
  const s = a.skills;
  const name = useSignal('');
  const error = useSignal('');
  const busy = useSignal(false);
  const add = async (event: Event) => {
    event.preventDefault();
    const typed = name.peek().trim();
    if (busy.peek()) return;
    if (typed === '') {
      error.value = a.refused.bad_name;
      return;
    }
    busy.value = true;
    error.value = '';
    try {
      await admin.api.post('/agent/admin/skills', { name: typed });
      name.value = '';
      toast(s.added(typed));
      await admin.load();
    } catch (problem) {
      error.value = refusalText(problem, a);
    }
    busy.value = false;
  };
  return (
    <form class="admin-add" onSubmit={add} noValidate>
      <Field
        label={s.name}
        hint={s.nameHint}
        error={error.value}
        maxLength={40}
        autocomplete="off"
        value={name.value}
        onValue={(value) => {
          name.value = value;
          error.value = '';
        }}
      />
      <Button type="submit" busy={busy.value} icon={<PlusIcon size={18} />}>
        {a.add}
      </Button>
    </form>
  );
}

function RemoveSkill({ skill, onClose }: { skill: Skill; onClose: () => void }): VNode {
  const { admin, a } = useAdmin();
  const s = a.skills;
  const busy = useSignal(false);
  const error = useSignal('');
  const remove = async () => {
    busy.value = true;
    try {
      await admin.api.delete(`/agent/admin/skills/${skill.id}`);
      onClose();
      toast(s.removed(skill.name));
      await admin.load();
    } catch (problem) {
      error.value = refusalText(problem, a);
      busy.value = false;
    }
  };
  return (
    <Dialog title={s.delTitle(skill.name)} closeLabel={a.cancel} onClose={onClose}>
      <p>{s.delText}</p>
      <p class="field-error" role="status">
        {error}
      </p>
      <div class="dialog-actions">
        <Button onClick={onClose}>{a.cancel}</Button>
        <Button variant="danger" busy={busy.value} onClick={() => void remove()}>
          {a.remove}
        </Button>
      </div>
    </Dialog>
  );
}
