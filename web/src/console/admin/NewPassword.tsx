/** The password of an account that was just made: shown once, until it is said to be handed over. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Button } from '@/ui/button';
import { CopyIcon } from '@/ui/icons';
import { useAdmin } from './context';

export function NewPassword(): VNode | null {
  const { admin, a } = useAdmin();
  const g = a.agents;
  const copied = useSignal(false);
  const place = useRef<HTMLElement>(null);
  const fresh = admin.fresh.value;
  useEffect(() => {
    copied.value = false;
    if (fresh) place.current?.focus();
  }, [fresh, copied]);
  if (!fresh) return null;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(fresh.password);
      copied.value = true;
    } catch {
      // Refused by the browser: the field can be marked and copied by hand.
    }
  };
  return (
    <section
      ref={place}
      class="new-password"
      tabIndex={-1}
      aria-label={g.passwordTitle(fresh.name)}
    >
      <h3>{g.passwordTitle(fresh.name)}</h3>
      <p>{g.passwordText}</p>
      <dl>
        <div>
          <dt>{g.email}</dt>
          <dd>{fresh.email}</dd>
        </div>
        <div>
          <dt>{g.password}</dt>
          <dd>
            <code>{fresh.password}</code>
          </dd>
        </div>
      </dl>
      <div class="hours-acts">
        <Button icon={<CopyIcon size={18} />} onClick={() => void copy()}>
          {a.copy}
        </Button>
        <span role="status" class="admin-saved">
          {copied.value && a.copied}
        </span>
        <Button
          variant="primary"
          onClick={() => {
            admin.fresh.value = null;
          }}
        >
          {g.passwordDone}
        </Button>
      </div>
    </section>
  );
}
