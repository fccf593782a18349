/** What was recorded of the open conversation, for those who may play it. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { ApiError } from '@/client/api';
import type { Thread } from '@/client/thread';
import { clockText, fullText } from '@/i18n';
import { actText } from '@/timeline/acts';
import { Button } from '@/ui/button';
import { useEnv } from '../env';
import { personName } from '../names';
import { marksOf, type Recording, wasRecorded } from './playing';
import './recordings.css';
import { RECORDINGS } from './strings';

const AGAIN = 3_000; // ms between looks while something is being composed

export function Recordings({ thread, conv }: { thread: Thread; conv: string }): VNode | null {
  const { desk, lang } = useEnv();
  const found = useSignal<readonly Recording[] | null>(null);
  const failed = useSignal(false);
  const asked = useSignal(0);
  const recorded = wasRecorded(thread.entries.value);
  const on = thread.state.value?.call?.recording?.id ?? null;

  useEffect(() => {
    if (!recorded) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let gone = false;
    const look = async (): Promise<void> => {
      try {
        const path = `/agent/conversations/${conv}/recordings`;
        const list = await desk.cookieApi.get<Recording[]>(path);
        if (gone) return;
        found.value = list;
        failed.value = false;
        if (list.some(({ state }) => state === 'waiting' || state === 'running')) {
          timer = setTimeout(() => void look(), AGAIN);
        }
      } catch (error) {
        // They are for others to play: then there is nothing to show here.
        if (!gone) failed.value = !(error instanceof ApiError && error.status === 403);
      }
    };
    void look();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [conv, recorded, on, asked.value]);

  const w = RECORDINGS[lang];
  if (failed.value) {
    return (
      <section class="context-part" role="alert">
        <p>{w.failedToLoad}</p>
        <Button
          onClick={() => {
            asked.value += 1;
          }}
        >
          {w.retry}
        </Button>
      </section>
    );
  }
  if (!found.value?.length) return null;
  return (
    <section class="context-part">
      <h3>{w.title}</h3>
      {found.value.map((recording) => (
        <One
          key={recording.id}
          recording={recording}
          thread={thread}
          onChange={() => {
            asked.value += 1;
          }}
        />
      ))}
    </section>
  );
}

interface OneProps {
  recording: Recording;
  thread: Thread;
  onChange: () => void;
}

function One({ recording, thread, onChange }: OneProps): VNode {
  const { desk, lang, screen } = useEnv();
  const w = RECORDINGS[lang];
  const video = useRef<HTMLVideoElement>(null);
  const { state, progress } = recording;
  const status = {
    none: w.running,
    waiting: w.waiting,
    running: w.composing(progress),
    done: recording.erase_at ? w.erases(fullText(recording.erase_at, lang)) : '',
    failed: w.failed,
    erased: w.erased,
  }[state];
  const title = w.of(fullText(recording.started_at, lang));
  return (
    <article class="recording">
      <p>{title}</p>
      {recording.playable && (
        // Its words were said in a call of people who know what was said: there are no captions.
        // biome-ignore lint/a11y/useMediaCaption: nothing makes captions of a recorded call
        <video
          ref={video}
          controls
          controlsList="nodownload noremoteplayback"
          disablePictureInPicture
          preload="none" // what is fetched counts as played
          aria-label={title}
          src={desk.cookieApi.url(`/agent/recordings/${recording.id}/media`)}
        />
      )}
      <p class="faint" role={state === 'waiting' || state === 'running' ? 'status' : undefined}>
        {recording.duration !== null &&
          recording.playable &&
          `${w.lengthOf(clockText(recording.duration / 1000))} · `}
        {status}
      </p>
      <Heard recording={recording} thread={thread} />
      {recording.playable && <Marks recording={recording} thread={thread} video={video} />}
      <Plays recording={recording} />
      {desk.me.agent.role === 'supervisor' && recording.ended_at !== null && state !== 'erased' && (
        <Button
          class="recording-erase"
          onClick={() => {
            screen.dialog.value = { eraseRecording: recording.id, onErased: onChange };
          }}
        >
          {w.erase}
        </Button>
      )}
    </article>
  );
}

/** Everybody who agreed to be recorded. */
function Heard({ recording, thread }: { recording: Recording; thread: Thread }): VNode | null {
  const { desk, lang, t } = useEnv();
  const visitor = thread.state.value?.visitor ?? null;
  const names = recording.consents.map(({ person: id, role }) => {
    const known = thread.entries.value.find(({ by }) => by.id === id)?.by;
    return personName(known ?? { id, role }, desk.id, visitor, t);
  });
  if (names.length === 0) return null;
  return (
    <p>
      {RECORDINGS[lang].heard}: {names.join(', ')}
    </p>
  );
}

/** Who has played it: whoever plays is seen by those who may. */
function Plays({ recording: { plays, state } }: { recording: Recording }): VNode | null {
  const { desk, lang, t } = useEnv();
  const w = RECORDINGS[lang];
  if (plays.length === 0) return state === 'done' ? <p class="faint">{w.neverPlayed}</p> : null;
  return (
    <details class="recording-plays">
      <summary>{w.plays(plays.length)}</summary>
      <ul>
        {plays.map(({ person, name, at }) => (
          <li key={at}>
            {person === desk.id ? t.person.you : name || w.somebody}{' '}
            <time class="faint">{fullText(at, lang)}</time>
          </li>
        ))}
      </ul>
    </details>
  );
}

interface MarksProps {
  recording: Recording;
  thread: Thread;
  video: { current: HTMLVideoElement | null };
}

function Marks({ recording, thread, video }: MarksProps): VNode | null {
  const { desk, lang, line, t } = useEnv();
  const visitor = thread.state.value?.visitor ?? null;
  const marks = marksOf(recording, thread.entries.value);
  if (marks.length === 0) return null;
  const jump = (second: number) => {
    if (!video.current) return;
    video.current.currentTime = second;
    // Refused only while the page is hidden: pressing again is all there is to do.
    video.current.play().catch(() => {});
  };
  return (
    <ol class="recording-marks" aria-label={RECORDINGS[lang].marks}>
      {marks.map(({ key, second, entry, missing }) => (
        <li key={key}>
          <Button variant="quiet" onClick={() => jump(second)}>
            <span class="faint">{clockText(second)}</span>{' '}
            {actText(
              entry,
              line,
              (person) => personName(person, desk.id, visitor, t),
              (reason) => reason,
              lang,
            )}
            {missing && ` (${RECORDINGS[lang].pausedFor(clockText(missing))})`}
          </Button>
        </li>
      ))}
    </ol>
  );
}
