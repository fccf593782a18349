/** Control of the shopper's page: asked for, waited for, granted for some minutes, let go. */
import type { VNode } from 'preact';
import type { CobrowseOperation } from '@/client/protocol.gen.ts';
import { Button } from '@/ui/button.tsx';
import { Spinner } from '@/ui/spinner.tsx';
import { useZone } from './context.ts';
import { ControlIcon } from './icons.tsx';
import { leftText } from './standing.ts';

const ALL: CobrowseOperation[] = ['scroll', 'click', 'fill'];

export function Control({ now }: { now: number }): VNode | null {
  const { act, client, cobrowse, conv, me, nameOf, serves, words } = useZone();
  const { id, asked, grant } = cobrowse;
  const c = words.control;
  if (grant && grant.agent.id === me) {
    const can = ALL.filter((cap) => grant.caps.includes(cap)).map((cap) => c.caps[cap]);
    const last = can.pop() ?? '';
    const what = can.length > 0 ? `${can.join(', ')}${c.and}${last}` : last;
    return (
      <div class="viewing-control" data-granted>
        <ControlIcon size={18} />
        <p>
          <b>{c.granted(what)}</b>{' '}
          <span class="viewing-left">{c.left(leftText(grant.until, now))}</span>
        </p>
        <Button
          onClick={() => {
            client.setGrant(null); // here at once; the server hears of it
            void act({ t: 'cobrowse.control.release', conv, cobrowse: id, grant: grant.id });
          }}
        >
          {c.letGo}
        </Button>
      </div>
    );
  }
  if (grant) return <Line text={c.held(nameOf(grant.agent))} />;
  if (asked && asked.by.id === me) {
    return (
      <div class="viewing-control">
        <Spinner />
        <p>{c.waiting}</p>
        <Button onClick={() => void act({ t: 'cobrowse.control.decline', conv, cobrowse: id })}>
          {c.takeBack}
        </Button>
      </div>
    );
  }
  if (asked) return <Line text={c.other(nameOf(asked.by))} />;
  if (!serves) return null;
  return (
    <div class="viewing-control">
      <Button
        icon={<ControlIcon size={18} />}
        disabled={client.state.value !== 'online'}
        onClick={() => void act({ t: 'cobrowse.control.ask', conv, cobrowse: id, caps: ALL })}
      >
        {c.ask}
      </Button>
    </div>
  );
}

function Line({ text }: { text: string }): VNode {
  return (
    <div class="viewing-control">
      <p>{text}</p>
    </div>
  );
}
