/** The customer's page for an expert who was let in, by a link that allows it: when they choose to. */
import { type Signal, useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useCallback, useEffect } from 'preact/hooks';
import type { Connection } from '@/client/connection';
import type { CobrowseState, Person } from '@/client/protocol.gen';
import type { Thread } from '@/client/thread';
import type { I18n } from '@/i18n';
import { Button } from '@/ui/button';
import { PageIcon, WarningIcon } from '@/ui/icons';
import { Spinner } from '@/ui/spinner';
import type { ViewerClient } from '@/viewing';
import type { ExpertSession } from './session';
import type { Words } from './words';

type ViewingModule = typeof import('@/viewing');

export interface Showing {
  /** What is shown now, and this person may see. */
  cobrowse: CobrowseState | null;
  /** The co-browsing that this person looks at, or wants to. */
  wanted: Signal<string | null>;
  view: { part: ViewingModule; client: ViewerClient } | null;
  failed: boolean;
  large: Signal<boolean>;
}

export function useShowing(session: ExpertSession, thread: Thread, allowed: boolean): Showing {
  const wanted = useSignal<string | null>(null);
  const view = useSignal<Showing['view']>(null);
  const failed = useSignal(false);
  const large = useSignal(true); // to see the page is what they came for
  const known = thread.state.value?.cobrowse ?? null;
  const cobrowse = allowed && known && known.state !== 'asked' ? known : null;
  const id = cobrowse && wanted.value === cobrowse.id ? cobrowse.id : null;
  useEffect(() => {
    if (id === null) return;
    let client: ViewerClient | null = null;
    let gone = false;
    failed.value = false;
    import('@/viewing')
      .then((part) => {
        if (gone) return;
        const token = (fresh: boolean) => session.token(fresh);
        client = part.createViewer({ cobrowse: id, api: session.api, token });
        view.value = { part, client };
      })
      .catch(() => {
        failed.value = true;
        wanted.value = null;
      });
    return () => {
      gone = true;
      client?.dispose();
      view.value = null;
    };
  }, [id, session, view, failed, wanted]);
  return { cobrowse, wanted, view: view.value, failed: failed.value, large };
}

interface ZoneProps {
  showing: Showing;
  thread: Thread;
  connection: Connection;
  words: I18n<Words>;
  conv: string;
  me: string;
  nameOf: (person: Person) => string;
}

export function ShowingZone(props: ZoneProps): VNode | null {
  const { showing, thread, connection, words } = props;
  const { cobrowse, view, wanted } = showing;
  const now = useCallback(() => connection.now(), [connection]);
  if (!view || !cobrowse) return null;
  return (
    <div class="viewing-place">
      <view.part.ViewZone
        client={view.client}
        conv={props.conv}
        cobrowse={cobrowse}
        entries={thread.entries.value}
        me={props.me}
        lang={words.lang.value}
        nameOf={props.nameOf}
        now={now}
        serves={false}
        keys
        large={showing.large}
        act={(command) => connection.send(command)}
        onLeave={() => {
          wanted.value = null;
        }}
      />
    </div>
  );
}

/** Says that there is something to see, until one looks. */
export function ShowingBanner({ showing, words }: Pick<ZoneProps, 'showing' | 'words'>) {
  const t = words.t.value.expert;
  const { cobrowse, failed, view, wanted } = showing;
  if (!cobrowse || view) return null;
  const opening = wanted.value === cobrowse.id;
  return (
    <div class="room-shown" role="status">
      {opening ? <Spinner /> : failed ? <WarningIcon size={18} /> : <PageIcon size={18} />}
      <p>{opening ? t.opening : failed ? t.failed : t.shown}</p>
      {!opening && (
        <Button
          onClick={() => {
            wanted.value = cobrowse.id;
          }}
        >
          {t.look}
        </Button>
      )}
    </div>
  );
}
