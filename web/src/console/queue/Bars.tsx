/**
 * What concerns the agent and no open conversation: a missed offer, and conversations that are being
 * finished. It stands above the conversation, and above the list where only that is seen.
 */
import type { VNode } from 'preact';
import type { Wrapup } from '@/client/protocol.gen';
import { clockText } from '@/i18n';
import { Button, IconButton } from '@/ui/button';
import { CheckIcon, NoteIcon, WarningIcon } from '@/ui/icons';
import { useEnv } from '../env';
import { visitorName } from '../names';
import { secondsLeft } from './offers';

export function Bars(): VNode | null {
  const { screen, standing } = useEnv();
  const missed = standing.frame.value?.state === 'not_responding';
  const wrapups = standing.wrapups(screen.now.value);
  if (!missed && wrapups.length === 0) return null;
  return (
    <div class="bars">
      {missed && <Missed />}
      {wrapups.map((wrapup) => (
        <Finishing key={wrapup.task} wrapup={wrapup} />
      ))}
    </div>
  );
}

function Missed(): VNode {
  const { q, standing } = useEnv();
  return (
    <div class="banner" data-tone="warn" role="alert">
      <WarningIcon />
      <p>{q.missed.text}</p>
      <Button
        variant="primary"
        busy={standing.setting.value}
        onClick={() => void standing.set('available')}
      >
        {q.missed.back}
      </Button>
    </div>
  );
}

function Finishing({ wrapup }: { wrapup: Wrapup }): VNode {
  const { desk, q, screen, standing, t } = useEnv();
  const w = q.wrapup;
  const name = visitorName(wrapup.visitor, t);
  const busy = standing.busy(wrapup.task);
  const here = desk.selected.value === wrapup.conv;
  return (
    <section class="banner" data-tone="accent" aria-label={w.label}>
      <CheckIcon />
      <div class="banner-text">
        <b>{w.title(name)}</b>
        <p>{w.hint}</p>
      </div>
      <span class="bar-left" role="timer" aria-label={w.left}>
        {clockText(secondsLeft(wrapup.until, screen.now.value))}
      </span>
      {!here && (
        <IconButton
          label={w.open}
          icon={<NoteIcon />}
          onClick={() => {
            screen.chooseKind(wrapup.conv, 'note');
            desk.select(wrapup.conv);
          }}
        />
      )}
      {standing.canExtend(wrapup) && (
        <Button disabled={busy} onClick={() => void standing.extend(wrapup)}>
          {w.more}
        </Button>
      )}
      <Button
        variant="primary"
        aria-label={w.doneOf(name)}
        busy={busy}
        onClick={() => void standing.finish(wrapup)}
      >
        {w.done}
      </Button>
    </section>
  );
}
