/**
 * Everybody in the call. A shared screen, or the person picked, is large with the others in a
 * strip; two people fill the stage with the other one and our own picture in a corner; more are a
 * grid.
 */
import { useSignal } from '@preact/signals';
import type { Ref } from 'preact';
import type { CallMember } from '@/client/protocol.gen.ts';
import { useCall } from './context.ts';
import './grid.css';
import { Tile } from './tile.tsx';

interface Shown {
  key: string;
  member: CallMember;
  picture: MediaStreamTrack | null;
  screen: boolean;
  self: boolean;
}

export function Stage({ stageRef }: { stageRef: Ref<HTMLDivElement> }) {
  const { client, layout } = useCall();
  const picked = useSignal<string | null>(null);
  const shown = useShown();
  const self = shown.find((tile) => tile.self);
  const others = shown.filter((tile) => !tile.self);
  const screen = others.find((tile) => tile.screen);
  const large =
    shown.find((tile) => tile.key === picked.value) ??
    screen ??
    (others.length === 1 ? others[0] : undefined);
  const rest = shown.filter((tile) => tile !== large);
  const pair = large && rest.length === 1 && rest[0] === self;
  const arrangement = large ? (pair ? 'pair' : 'spotlight') : 'grid';

  const tile = (item: Shown, isLarge: boolean) => (
    <Tile
      key={item.key}
      person={item.member.person}
      picture={item.picture}
      muted={!item.member.media.includes('audio')}
      self={item.self}
      screen={item.screen}
      large={isLarge}
      onPick={
        shown.length > 2
          ? () => {
              picked.value = isLarge ? null : item.key;
            }
          : undefined
      }
    />
  );

  if (client.onHold.value) return null;
  return (
    <div ref={stageRef} class={`call-stage call-stage-${arrangement}`} data-layout={layout}>
      {large ? (
        <>
          {tile(large, true)}
          <div class="call-strip">{rest.map((item) => tile(item, false))}</div>
        </>
      ) : (
        shown.map((item) => tile(item, shown.length === 1))
      )}
    </div>
  );
}

/** What there is to show: each other member, their screens, and us. */
function useShown(): Shown[] {
  const { client } = useCall();
  const remotes = client.remotes.value;
  const picture = (person: string, source: string): MediaStreamTrack | null =>
    remotes.find(
      ({ publication }) => publication.participant === person && publication.source === source,
    )?.track ?? null;
  const shown: Shown[] = [];
  for (const member of client.others.value) {
    const { id } = member.person;
    const screen = picture(id, 'screen');
    if (screen && member.media.includes('screen')) {
      shown.push({ key: `${id}:screen`, member, picture: screen, screen: true, self: false });
    }
    const camera = member.media.includes('video') ? picture(id, 'camera') : null;
    shown.push({ key: id, member, picture: camera, screen: false, self: false });
  }
  const me = client.me.value;
  if (me) {
    const media: CallMember['media'] = client.micOn.value ? ['audio'] : [];
    // While it rests nobody sees it, and so neither do we.
    const camera = client.cameraPaused.value
      ? null
      : (client.capture.tracks.value.get('camera') ?? null);
    const member = { person: me, media, joined_at: 0 };
    shown.push({ key: me.id, member, picture: camera, screen: false, self: true });
  }
  return shown;
}
