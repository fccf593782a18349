/** The floor as it is: numbers, departments, who waits, agents; and how old what is shown is. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { timeText } from '@/i18n';
import { Button } from '@/ui/button';
import { WarningIcon } from '@/ui/icons';
import { Spinner } from '@/ui/spinner';
import { useEnv } from '../env';
import { AgentList } from './AgentList';
import { type Asked, FLOOR_WORDS, FloorContext } from './context';
import { DepartmentTable } from './DepartmentTable';
import { EVERY, FloorFeed } from './feed';
import { GiveDialog, MoveDialog } from './MoveDialog';
import { StateDialog } from './StateDialog';
import { Tiles } from './Tiles';
import { WaitingList } from './WaitingList';
import type { Floor } from './wire';
import './floor.css';
import './rows.css';

export function FloorPage(): VNode {
  const { desk, lang } = useEnv();
  const f = FLOOR_WORDS[lang];
  const only = useSignal<string | null>(null);
  const asked = useSignal<Asked | null>(null);
  const feed = useMemo(
    () =>
      new FloorFeed({
        ask: () => desk.cookieApi.get<Floor>('/agent/floor'),
        now: () => desk.connection.now(),
      }),
    [desk],
  );
  useWatching(feed);
  const floor = feed.floor.value;
  return (
    <div class="floor">
      <header class="floor-head">
        <h1>{f.title}</h1>
        <Freshness feed={feed} />
      </header>
      {floor ? (
        <FloorContext.Provider value={{ feed, floor, only, asked, f }}>
          <Tiles />
          <DepartmentTable />
          <WaitingList />
          <AgentList />
          <Dialogs asked={asked.value} />
        </FloorContext.Provider>
      ) : (
        feed.failure.value === null && (
          <div class="page-center">
            <Spinner label={f.fresh.loading} />
          </div>
        )
      )}
      <Failure feed={feed} />
    </div>
  );
}

/** Nobody is asked while nobody looks. */
function useWatching(feed: FloorFeed): void {
  useEffect(() => {
    const look = () => feed.watch(document.visibilityState === 'visible');
    look();
    document.addEventListener('visibilitychange', look);
    return () => {
      document.removeEventListener('visibilitychange', look);
      feed.dispose();
    };
  }, [feed]);
}

function Freshness({ feed }: { feed: FloorFeed }): VNode | null {
  const { lang, screen } = useEnv();
  const f = FLOOR_WORDS[lang].fresh;
  const at = feed.at.value;
  if (at === null) return null;
  const old = Math.max(0, Math.floor((screen.now.value - at) / 1000));
  // Between two answers it is as live as it can be.
  const live = feed.failure.value === null && old * 1000 <= EVERY * 2;
  return (
    <p class="floor-fresh" data-live={live || undefined}>
      <span class="floor-dot" aria-hidden="true" />
      {live ? f.now : f.ago(old)}
    </p>
  );
}

/** At the foot of what is seen, so that nothing moves when it comes or goes. */
function Failure({ feed }: { feed: FloorFeed }): VNode | null {
  const { lang } = useEnv();
  const f = FLOOR_WORDS[lang].fresh;
  if (feed.failure.value === null) return null;
  const at = feed.at.value;
  return (
    <div class="banner floor-failure" data-tone="danger" role="alert">
      <WarningIcon />
      <p>{at === null ? f.never : f.failed(timeText(at, lang))}</p>
      <Button busy={feed.asking.value} onClick={() => void feed.retry()}>
        {f.retry}
      </Button>
    </div>
  );
}

function Dialogs({ asked }: { asked: Asked | null }): VNode | null {
  if (asked === null) return null;
  if ('move' in asked) return <MoveDialog row={asked.move} />;
  if ('give' in asked) return <GiveDialog row={asked.give} />;
  return <StateDialog agent={asked.state} />;
}
