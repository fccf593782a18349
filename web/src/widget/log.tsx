/**
 * The messages. New ones are told by the live region and never take the focus; the view follows
 * them only when the reader is at the end.
 */
import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { dayText } from '@/i18n/dates.ts';
import { Button } from '@/ui/button.tsx';
import { DownIcon } from '@/ui/icons.chat.tsx';
import type { Chat } from './chat.ts';
import './log.css';
import { type Line, linesOf } from './lines.ts';
import { MessageLine, NoticeLine } from './message.tsx';

const NEAR = 80; // pixels from the end that still count as at the end

export function Log({ chat }: { chat: Chat }) {
  const t = chat.i18n.t.value;
  const { thread } = chat;
  const entries = thread.entries.value;
  const scroller = useRef<HTMLDivElement>(null);
  const height = useRef(0);
  const atEnd = useSignal(true);
  useReading(chat, atEnd);

  useLayoutEffect(() => {
    const element = scroller.current;
    const mine = entries.at(-1)?.status === 'sending';
    if (element && (atEnd.peek() || mine)) element.scrollTop = element.scrollHeight;
  }, [entries, thread.typing.value, atEnd]);
  useEffect(() => {
    // Pictures arriving, the keyboard, a call: the end stays in view through all of them.
    const element = scroller.current;
    if (!element) return;
    const follow = new ResizeObserver(() => {
      height.current = element.clientHeight;
      if (atEnd.peek()) element.scrollTop = element.scrollHeight;
    });
    follow.observe(element);
    if (element.firstElementChild) follow.observe(element.firstElementChild);
    return () => follow.disconnect();
  }, [atEnd]);

  const older = async () => {
    const element = scroller.current;
    const before = element ? element.scrollHeight - element.scrollTop : 0;
    await thread.loadOlder().catch(() => {});
    requestAnimationFrame(() => {
      if (element) element.scrollTop = element.scrollHeight - before;
    });
  };

  return (
    <div class="log-frame">
      <div
        ref={scroller}
        class="log"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
        tabIndex={0}
        role="log"
        aria-label={t.log}
        onScroll={({ currentTarget: at }) => {
          const { clientHeight, scrollHeight, scrollTop } = at;
          if (clientHeight !== height.current) return; // nobody scrolled: its room has changed
          atEnd.value = scrollHeight - scrollTop - clientHeight < NEAR;
        }}
      >
        <div class="log-lines">
          {thread.more.value ? (
            <Button class="log-older" variant="quiet" onClick={() => void older()}>
              {t.earlier}
            </Button>
          ) : (
            <div class="greeting">
              <p class="greeting-title">{t.greeting}</p>
              <p>{t.greetingMore}</p>
            </div>
          )}
          {linesOf(entries).map((line) => (
            <LineView key={line.key} line={line} chat={chat} />
          ))}
        </div>
      </div>
      <Typing chat={chat} />
      {!atEnd.value && (
        <Button
          class="log-end"
          icon={<DownIcon size={16} />}
          onClick={() => {
            const element = scroller.current;
            if (element) element.scrollTop = element.scrollHeight;
          }}
        >
          {t.newMessages}
        </Button>
      )}
    </div>
  );
}

function LineView({ line, chat }: { line: Line; chat: Chat }) {
  const { lang, t } = chat.i18n;
  switch (line.kind) {
    case 'day':
      return (
        <h2 class="day">
          <span>{dayText(line.at, chat.connection.now(), lang.value)}</span>
        </h2>
      );
    case 'notice':
      return <NoticeLine chat={chat} entry={line.entry} />;
    case 'auto': {
      const words: Record<string, string> = t.value.auto;
      return words[line.name] ? <p class="notice">{words[line.name]}</p> : null;
    }
    case 'message':
      return <MessageLine chat={chat} line={line} />;
  }
}

function Typing({ chat }: { chat: Chat }) {
  const t = chat.i18n.t.value;
  const people = chat.thread.typing.value;
  const name = people[0]?.name || t.service;
  return (
    <div class="typing" role="status">
      {people.length > 0 && (
        <>
          <span class="typing-dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          {people.length > 1 ? t.typingMany : t.typing(name)}
        </>
      )}
    </div>
  );
}

/** Whoever looks at the end of the open chat has seen everything. */
function useReading(chat: Chat, atEnd: { value: boolean }): void {
  const visible = useSignal(!document.hidden);
  useEffect(() => {
    const look = () => {
      visible.value = !document.hidden;
    };
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, [visible]);
  useSignalEffect(() => {
    const last = chat.thread.entries.value.findLast(({ seq, mine }) => seq > 0 && !mine);
    if (last && chat.host.open.value && visible.value && atEnd.value) chat.thread.read(last.seq);
  });
}
