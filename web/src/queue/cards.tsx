/** How one stands: in line, to be called back, or to be answered later. */
import type { ComponentChildren } from 'preact';
import { Button } from '@/ui/button.tsx';
import { BellIcon, CheckIcon, ClockIcon, PhoneIcon } from '@/ui/icons.tsx';
import type { LeftReason, Standing } from './standing.ts';
import { bookedText, useQueue } from './view.ts';
import { placeText, waitText } from './words.ts';

/** The rows keep their heights whatever they say, so that nothing under them moves. */
function Head({
  mark,
  ringing = false,
  title,
  above,
  children,
}: {
  mark: ComponentChildren;
  ringing?: boolean;
  title: string;
  above?: string;
  children: ComponentChildren;
}) {
  return (
    <div class="queue-head">
      <span class={ringing ? 'queue-mark queue-ringing' : 'queue-mark'} aria-hidden="true">
        {mark}
      </span>
      <div class="queue-told">
        {above && <p class="queue-small">{above}</p>}
        <h2>{title}</h2>
        <p class="queue-more">{children}</p>
      </div>
    </div>
  );
}

export function PlaceCard({
  standing,
}: {
  standing: Extract<Standing, { kind: 'waiting' | 'ringing' | 'unstaffed' }>;
}) {
  const { queueing, words, department, offline, opening } = useQueue();
  const waiting = standing.kind === 'waiting' ? standing : null;
  const ringing = standing.kind === 'ringing';
  const title = waiting
    ? placeText(waiting.place, words)
    : ringing
      ? words.ringing
      : words.unstaffed;
  const forward = waiting?.long || standing.kind === 'unstaffed';
  const expected = waiting && words.wait(waitText(waiting.wait, words));
  return (
    <>
      <Head
        mark={ringing ? <BellIcon /> : waiting?.place || <ClockIcon />}
        ringing={ringing}
        title={title}
        above={department}
      >
        {expected ?? (ringing ? words.ringingMore : (opening ?? words.unstaffedMore))}
      </Head>
      <p class="queue-note">{offline ? words.offline : words.kept}</p>
      <div class="queue-actions">
        <Button
          variant={forward ? 'primary' : 'secondary'}
          onClick={() => queueing.show('callback')}
        >
          {words.callBack}
        </Button>
        <Button onClick={() => queueing.show('message')}>{words.message}</Button>
      </div>
      <TroubleLine />
    </>
  );
}

export function BookedCard({ at }: { at: number }) {
  const view = useQueue();
  const { queueing, words, live } = view;
  const { phone } = queueing.told;
  const how =
    phone === undefined ? words.booked.either : phone ? words.booked.phone : words.booked.here;
  return (
    <>
      <Head mark={<PhoneIcon />} title={bookedText(at, view)}>
        {how}
      </Head>
      <div class="queue-actions">
        <Button onClick={() => queueing.show('callback')}>{words.booked.change}</Button>
        {live ? (
          <JoinButton text={words.booked.waitNow} />
        ) : (
          <Button onClick={() => queueing.show('message')}>{words.message}</Button>
        )}
      </div>
      <TroubleLine />
    </>
  );
}

export function LeftCard({ reason }: { reason: LeftReason }) {
  const { queueing, words, live, opening } = useQueue();
  const { title, more } = words.left[reason];
  const emailed = queueing.told.email;
  return (
    <>
      <Head mark={reason === 'message' ? <CheckIcon /> : <ClockIcon />} title={title}>
        {more} {emailed ? words.answerBoth : words.answerHere}
        {opening && ` ${opening}.`}
      </Head>
      <div class="queue-actions">
        {live && <JoinButton text={words.joinAgain} />}
        <Button onClick={() => queueing.show('callback')}>{words.callBack}</Button>
        {!emailed && <Button onClick={() => queueing.show('email')}>{words.addEmail}</Button>}
      </div>
      <TroubleLine />
    </>
  );
}

function JoinButton({ text }: { text: string }) {
  const { queueing } = useQueue();
  return (
    <Button busy={queueing.busy.value === 'join'} onClick={() => void queueing.join()}>
      {text}
    </Button>
  );
}

/** Why the last act did not happen. Its place is there from the start: it is told when it comes. */
export function TroubleLine() {
  const { queueing, words } = useQueue();
  const trouble = queueing.trouble.value;
  return (
    <p class="queue-trouble" role="alert">
      {trouble && words.trouble[trouble]}
    </p>
  );
}
