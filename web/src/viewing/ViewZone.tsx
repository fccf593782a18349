/** The shopper's page in the console or on the expert's: the mirror, its tools, and what holds. */
import '@preact/signals'; // components render again when the client's signals change
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { Viewer } from '@/cobrowse/wire.gen.ts';
import type { Tool } from '@/player/port.ts';
import { initials } from '@/ui/avatar.tsx';
import { Button, IconButton } from '@/ui/button.tsx';
import { CloseIcon, GlobeIcon, WarningIcon } from '@/ui/icons.tsx';
import { Spinner } from '@/ui/spinner.tsx';
import { Control } from './Control.tsx';
import { useZone, type ViewZoneProps, type Zone, ZoneContext } from './context.ts';
import { LargerIcon, SmallerIcon } from './icons.tsx';
import { PlayerFrame } from './PlayerFrame.tsx';
import { controlNews, pathOf, type Standing, standingOf } from './standing.ts';
import { FOLLOW_KEY, TOOL_KEYS, Tools, WIPE_KEY } from './Tools.tsx';
import './viewing.css';
import { viewingWords } from './part.ts';

const OUTCOME_SHOWN = 6_000; // ms

export function ViewZone(props: ViewZoneProps): VNode {
  const { client, cobrowse, lang, me } = props;
  const words = viewingWords(lang);
  const zone: Zone = { ...props, words };
  const now = useNow(props.now);
  const grant = cobrowse.grant?.agent.id === me ? cobrowse.grant : null;
  useEffect(() => client.setGrant(grant), [client, grant]);
  useEffect(() => client.speak(words.player, lang), [client, words, lang]);
  const standing = standingOf({
    state: client.state.value,
    refusal: client.refusal.value,
    failed: client.failed.value,
    ready: client.ready.value,
    sharing: client.sharing.value,
    curtain: client.curtain.value,
  });
  const place = client.place.value;
  return (
    <ZoneContext.Provider value={zone}>
      <section
        class="viewing"
        aria-label={words.region}
        data-standing={standing}
        data-granted={grant ? '' : undefined}
        onKeyDown={(event) => pressed(event, zone, grant !== null)}
      >
        <Head />
        <div class="viewing-stage">
          {place && <PlayerFrame key={place.player} origin={place.player} />}
          <Veil standing={standing} />
        </div>
        <p class="hidden-text" role="status">
          {told(standing, zone)}
        </p>
        <div class="viewing-bar">
          <Tools granted={grant !== null} />
          <Control now={now} />
        </div>
        <News now={now} />
        <Foot />
      </section>
    </ZoneContext.Provider>
  );
}

/** The server's clock, ticking once a second. */
function useNow(read: () => number): number {
  const now = useSignal(read());
  useEffect(() => {
    const timer = setInterval(() => {
      now.value = read();
    }, 1000);
    return () => clearInterval(timer);
  }, [read, now]);
  return Math.max(now.value, read()); // what comes between two ticks is not of the future
}

function pressed(event: KeyboardEvent, { client, keys }: Zone, granted: boolean): void {
  if (!keys || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const key = event.key.toLowerCase();
  const tools = Object.keys(TOOL_KEYS) as Tool[];
  const tool = tools.find((known) => TOOL_KEYS[known] === key);
  if (tool && (tool !== 'control' || granted)) client.choose(tool);
  else if (key === 'escape' && client.tool.peek() !== 'none') client.choose('none');
  else if (key === WIPE_KEY) client.clear();
  else if (key === FOLLOW_KEY) client.setFollow(!client.follow.peek());
  else return;
  event.preventDefault();
}

function Head(): VNode {
  const { act, client, cobrowse, conv, large, onLeave, serves, words } = useZone();
  const shown = client.page.value;
  const path = shown ? pathOf(shown.page.url) : '';
  return (
    <header class="viewing-head">
      <GlobeIcon size={18} />
      <p class="viewing-page" dir="auto">
        {shown ? (
          <>
            <b>{path}</b>
            {shown.page.title && <span>{shown.page.title}</span>}
          </>
        ) : (
          <span>{words.noPage}</span>
        )}
      </p>
      <Lookers />
      <IconButton
        label={large.value ? words.shrink : words.enlarge}
        icon={large.value ? <SmallerIcon size={18} /> : <LargerIcon size={18} />}
        onClick={() => {
          large.value = !large.value;
        }}
      />
      {serves && (
        <Button
          title={words.endHint}
          aria-label={words.endHint}
          onClick={() => void act({ t: 'cobrowse.end', conv, cobrowse: cobrowse.id })}
        >
          {words.end}
        </Button>
      )}
      <IconButton
        label={words.leave}
        title={`${words.leave}. ${words.leaveHint}`}
        icon={<CloseIcon size={18} />}
        onClick={onLeave}
      />
    </header>
  );
}

/** Who looks, each in the colour of their marks. */
function Lookers(): VNode | null {
  const { client, me, nameOf, words } = useZone();
  const viewers = client.viewers.value;
  if (viewers.length === 0) return null;
  const called = ({ person }: Viewer) => (person.id === me ? words.you : nameOf(person));
  return (
    <ul class="viewing-lookers" aria-label={words.viewers}>
      {viewers.map((viewer) => (
        <li key={viewer.id} data-colour={viewer.colour} title={called(viewer)}>
          <span aria-hidden="true">{initials(viewer.person.name || called(viewer))}</span>
          <span class="hidden-text">{called(viewer)}</span>
        </li>
      ))}
    </ul>
  );
}

/** Over the mirror, where it cannot speak for itself. */
function Veil({ standing }: { standing: Standing }): VNode | null {
  const { client, words } = useZone();
  if (standing === 'opening') {
    return (
      <div class="viewing-veil">
        <Spinner />
        <p>{words.opening}</p>
      </div>
    );
  }
  if (standing === 'lost') {
    return (
      <div class="viewing-veil" data-through>
        <p class="viewing-lost">
          <WarningIcon size={18} />
          {words.lost}
        </p>
      </div>
    );
  }
  if (standing !== 'failed' && standing !== 'full' && standing !== 'refused') return null;
  return (
    <div class="viewing-veil">
      <p>{words[standing]}</p>
      {standing !== 'refused' && <Button onClick={() => client.start()}>{words.retry}</Button>}
    </div>
  );
}

/** What a screen reader is told of how it stands. */
function told(standing: Standing, { words }: Zone): string {
  switch (standing) {
    case 'on':
    case 'opening':
    case 'lost':
    case 'failed':
    case 'full':
    case 'refused':
      return words[standing];
    case 'away':
      return words.between;
    default:
      return words.player.curtain[standing];
  }
}

/** What became of the last operation, or of the wish for control; empty while there is no news. */
function News({ now }: { now: number }): VNode {
  const { client, cobrowse, entries, me, words } = useZone();
  const outcome = client.outcome.value;
  const shown = useSignal(0);
  useEffect(() => {
    if (!outcome) return;
    const timer = setTimeout(() => {
      shown.value = outcome.n;
    }, OUTCOME_SHOWN);
    return () => clearTimeout(timer);
  }, [outcome, shown]);
  const over = useMemo(
    () => (cobrowse.grant || cobrowse.asked ? null : controlNews(entries, cobrowse.id, me, now)),
    [entries, cobrowse, me, now],
  );
  let text = over ? words.control[over] : '';
  if (outcome && outcome.n > shown.value) {
    if (outcome.code !== 'done') text = words.outcome[outcome.code];
    else if (outcome.op === 'fill') text = words.outcome.filled;
  }
  return (
    <p class="viewing-news" role="status">
      {text}
    </p>
  );
}

function Foot(): VNode {
  const { client, words } = useZone();
  const masked = client.masked.value;
  const size = client.size.value;
  return (
    <footer class="viewing-foot">
      <p>
        {masked && `${words.hidden(masked.fields ?? 0, masked.texts ?? 0, masked.blocks ?? 0)} `}
        {words.kept}
      </p>
      {size && (
        <p title={words.size(size.width, size.height)}>
          <span class="hidden-text">{words.size(size.width, size.height)}</span>
          <span aria-hidden="true">
            {`${size.width} × ${size.height} · ${words.percent(size.scale)}`}
          </span>
        </p>
      )}
    </footer>
  );
}
