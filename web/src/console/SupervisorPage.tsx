/** The supervisor's pages, each fetched when it is first opened, in the place of list and conversation. */
import { useSignal } from '@preact/signals';
import type { FunctionComponent, VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { Button } from '@/ui/button';
import { Spinner } from '@/ui/spinner';
import { CallOn } from './CallOn';
import { Connectivity } from './Connectivity';
import { useEnv } from './env';
import type { Page } from './pages';
import { Bars } from './queue/Bars';

const PARTS = {
  floor: async () => (await import('./floor')).FloorPage,
  admin: async () => (await import('./admin')).AdminPages,
} satisfies Record<string, () => Promise<FunctionComponent>>;

export function SupervisorPage({ at }: { at: Exclude<Page['at'], 'desk'> }): VNode {
  const { t, s } = useEnv();
  const part = useSignal<FunctionComponent | null>(null);
  const failed = useSignal(false);
  const asked = useSignal(0);
  useEffect(() => {
    let left = false;
    PARTS[at]().then(
      (found) => {
        if (!left) part.value = found;
      },
      () => {
        if (!left) failed.value = true;
      },
    );
    return () => {
      left = true;
    };
  }, [at, asked.value]); // asked anew when somebody tries again
  const Part = part.value;
  return (
    <main class="zone-page" aria-label={s.nav[at]}>
      <Connectivity />
      <Bars />
      <CallOn shown={null} />
      {Part ? (
        <Part />
      ) : failed.value ? (
        <div class="page-center">
          <p role="alert">{t.errors.network}</p>
          <Button
            variant="primary"
            onClick={() => {
              failed.value = false;
              asked.value += 1;
            }}
          >
            {t.connection.retry}
          </Button>
        </div>
      ) : (
        <div class="page-center">
          <Spinner label={t.connection.connecting} />
        </div>
      )}
    </main>
  );
}
