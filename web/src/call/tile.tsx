/** One person on the stage: picture or initials, name, microphone, connection, speaking ring. */
import type { Person } from '@/client/protocol.gen.ts';
import { Avatar } from '@/ui/avatar.tsx';
import { MicOffIcon } from '@/ui/icons.tsx';
import { useCall } from './context.ts';
import { Video } from './video.tsx';

export interface TileProps {
  person: Person;
  picture: MediaStreamTrack | null;
  muted: boolean;
  /** Ours: mirrored, and without a connection of its own to judge. */
  self?: boolean;
  large?: boolean;
  screen?: boolean;
  /** Enlarges or shrinks it. */
  onPick?: (() => void) | undefined;
}

export function Tile(props: TileProps) {
  const { person, picture, muted, self = false, large = false, screen = false, onPick } = props;
  const { client, words, nameOf } = useCall();
  const name = self ? words.you : nameOf(person);
  const speaking = !muted && !screen && client.speaking.value.has(person.id);
  const label = screen
    ? words.tile.screen(name)
    : self
      ? words.tile.self
      : words.tile.picture(name);
  const classes = ['call-tile', large && 'call-tile-large', screen && 'call-tile-screen'];
  return (
    <div class={classes.filter(Boolean).join(' ')} data-speaking={speaking || undefined}>
      {picture ? (
        <Video
          track={picture}
          label={label}
          mirrored={self && !screen && client.capture.facing === 'user'}
          fit={screen ? 'contain' : 'cover'}
        />
      ) : (
        <Avatar id={person.id} name={nameOf(person)} size={large ? 88 : 44} />
      )}
      <span class="call-tile-name">
        {muted && !screen && <MicOffIcon size={14} />}
        <span>{screen ? label : name}</span>
        {muted && !screen && <span class="hidden-text">{words.status.micOff}</span>}
        {!self && !screen && <Bars score={client.quality.value[person.id] ?? 0} />}
      </span>
      {onPick && (
        <button
          type="button"
          class="call-tile-pick"
          aria-label={large ? words.tile.shrink : words.tile.enlarge(name)}
          onClick={onPick}
        />
      )}
    </div>
  );
}

/** Signal bars; the words stand beside them for who does not see them. */
function Bars({ score }: { score: number }) {
  const { words } = useCall();
  if (score === 0) return null;
  const text = words.tile.quality[score] ?? '';
  return (
    <span class="call-bars" data-score={score} title={text}>
      {[1, 2, 3, 4].map((bar) => (
        <span key={bar} class={bar < score || score === 5 ? 'call-bar-on' : ''} />
      ))}
      <span class="hidden-text">{text}</span>
    </span>
  );
}
