/** Asks before a department is deleted, and who takes over what waits or is served there. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { toast } from '@/ui/toast';
import { refusalText } from './checking';
import { useAdmin } from './context';
import { Select } from './fields';
import type { Department } from './wire';

interface DeleteProps {
  department: Department;
  onClose: () => void;
}

export function DeleteDepartment({ department, onClose }: DeleteProps): VNode {
  const { admin, kept, a } = useAdmin();
  const d = a.departments;
  const others = kept.departments.filter(({ id }) => id !== department.id);
  const heir = useSignal((others.find(({ usual }) => usual) ?? others[0])?.id ?? '');
  const busy = useSignal(false);
  const error = useSignal('');
  const remove = async () => {
    busy.value = true;
    error.value = '';
    try {
      const to = encodeURIComponent(heir.value);
      await admin.api.delete(`/agent/admin/departments/${department.id}?move_to=${to}`);
      admin.department(department.id).discard();
      onClose();
      toast(d.deleted(department.name, others.find(({ id }) => id === heir.value)?.name ?? ''));
      await admin.load();
    } catch (problem) {
      error.value = refusalText(problem, a);
      busy.value = false;
    }
  };
  return (
    <Dialog title={d.delTitle(department.name)} closeLabel={a.cancel} onClose={onClose}>
      <p>{d.delText}</p>
      <Select
        label={d.delTo}
        value={heir.value}
        options={others.map(({ id, name }) => ({ value: id, label: name }))}
        onValue={(id) => {
          heir.value = id;
        }}
      />
      <p class="field-error" role="status">
        {error}
      </p>
      <div class="dialog-actions">
        <Button onClick={onClose}>{a.cancel}</Button>
        <Button variant="danger" busy={busy.value} onClick={() => void remove()}>
          {d.delConfirm}
        </Button>
      </div>
    </Dialog>
  );
}
