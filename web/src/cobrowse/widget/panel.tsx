/** Showing the page, whatever its phase: asked, on, in another tab, over. */
import '@preact/signals'; // components render again when the sharing's signals change
import { useEffect, useMemo } from 'preact/hooks';
import type { Person } from '@/client/protocol.gen.ts';
import type { Chat } from '@/widget/chat.ts';
import type { Sharing } from '../sharing.ts';
import { ControlBar, Elsewhere, EndedLine, StatusBar } from './bars.tsx';
import { ControlCard, ViewCard } from './cards.tsx';
import './cobrowse.css';
import { SharingContext, type SharingView, seenText } from './view.ts';
import { cobrowseWords } from './words.ts';

export interface CobrowsePanelProps {
  chat: Chat;
  sharing: Sharing;
}

export function CobrowsePanel({ chat, sharing }: CobrowsePanelProps) {
  const words = cobrowseWords(chat.i18n.lang.value);
  const { service } = chat.i18n.t.value;
  const view = useMemo<SharingView>(() => {
    const nameOf = (person: Person | null | undefined) =>
      (person ?? chat.thread.state.value?.assignee)?.name || service;
    return { sharing, host: chat.host, words, nameOf };
  }, [chat, sharing, words, service]);
  useTakeBackKey(sharing);
  const phase = sharing.phase.value;
  return (
    <SharingContext.Provider value={view}>
      {(phase !== 'idle' || sharing.ended.value) && (
        <section class="cobrowse" aria-label={words.region} data-phase={phase}>
          <Body sharing={sharing} />
        </section>
      )}
      <Announcer view={view} />
    </SharingContext.Provider>
  );
}

function Body({ sharing }: { sharing: Sharing }) {
  const grant = sharing.control.grant.value;
  switch (sharing.phase.value) {
    case 'idle':
      return <EndedLine />;
    case 'elsewhere':
      return <Elsewhere />;
    case 'on':
      return (
        <>
          <StatusBar />
          {grant ? <ControlBar grant={grant} /> : <ControlCard />}
        </>
      );
    default:
      return <ViewCard />;
  }
}

/** Tells of what begins and ends, whoever looks elsewhere; a countdown would never be quiet. */
function Announcer({ view }: { view: SharingView }) {
  const { sharing, words, nameOf } = view;
  const asked = sharing.control.asked.value;
  const { reason } = sharing.pausing;
  let text = '';
  if (sharing.phase.value === 'asked') text = words.view.asked(nameOf(sharing.cobrowse.value?.by));
  else if (sharing.phase.value === 'elsewhere') text = words.elsewhere;
  else if (sharing.ended.value) text = words.ended.stopped;
  else if (asked) text = words.control.asked(nameOf(asked.by));
  else if (reason.value) text = words.bar[reason.value];
  else text = seenText(view) ?? '';
  return (
    <p class="hidden-text" role="status">
      {text}
    </p>
  );
}

/** Esc takes control back before it does anything else; without control it is the chat's. */
function useTakeBackKey(sharing: Sharing): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || !sharing.control.grant.peek()) return;
      event.preventDefault();
      event.stopPropagation();
      sharing.control.takeBack();
    };
    addEventListener('keydown', onKey, true);
    return () => removeEventListener('keydown', onKey, true);
  }, [sharing]);
}
