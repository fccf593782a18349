/**
 * A conversation's timeline as staff and experts see it: virtualised lines and acts, who types,
 * and the way back to the newest words. New lines of others are read out by a live region of its
 * own, because rows that scroll into view are not news.
 */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Entry } from '@/client/entries';
import type { Person } from '@/client/protocol.gen';
import type { Thread } from '@/client/thread';
import { dayText, type Lang } from '@/i18n';
import { Button } from '@/ui/button';
import { DownIcon } from '@/ui/icons';
import { actText } from './acts';
import { withoutErased } from './erased';
import { Line } from './Line';
import { isLine, type Row, rowsOf, statusKey } from './rows';
import { Scroller } from './Scroller';
import type { TimelineStrings } from './strings.en';
import './timeline.css';

export interface TimelineProps {
  thread: Thread;
  t: TimelineStrings;
  lang: Lang;
  /** How the reader knows a person; "You" for themselves. */
  nameOf: (person: Person) => string;
  reasonOf: (reason: string) => string;
  /** Whether what is shown counts as seen (this reader answers for their side). */
  reads: boolean;
  /** The seq that this side had seen when the conversation was opened; null: no marker. */
  seenUpTo: number | null;
  /** Kinds of events that are not for this reader. */
  hidden?: ReadonlySet<string>;
  /** What this reader may look up under an act. */
  under?: (entry: Entry) => VNode | null;
}

export function Timeline(props: TimelineProps): VNode {
  const { thread, t, lang, nameOf } = props;
  const all = thread.entries.value;
  const entries = useMemo(() => withoutErased(all), [all]);
  const rows = useMemo(
    () => rowsOf(entries, props.seenUpTo, (at) => new Date(at).toDateString(), props.hidden),
    [entries, props.seenUpTo, props.hidden],
  );
  const byKey = useMemo(() => new Map(rows.map((row) => [row.key, row])), [rows]);
  const keys = useMemo(() => rows.map((row) => row.key), [rows]);
  const atEnd = useSignal(true);
  const jump = useSignal(0);
  const newest = entries.at(-1)?.seq ?? 0;
  const status = statusKey(rows);

  useReading(thread, props.reads && atEnd.value, newest);

  const draw = (key: string): VNode => {
    const row = byKey.get(key);
    return row ? drawRow(row, props, key === status) : <span />;
  };

  return (
    <div class="timeline">
      <Scroller
        keys={keys}
        render={draw}
        loose={isLoose}
        label={t.label}
        identity={`${thread.conv.value} ${jump.value}`}
        onStart={() => void thread.loadOlder().catch(() => {})}
        onEnd={(end) => {
          atEnd.value = end;
        }}
      >
        <Typing people={thread.typing.value} t={t} nameOf={nameOf} />
      </Scroller>
      {!atEnd.value && (
        <div class="timeline-jump">
          <Button
            icon={<DownIcon size={16} />}
            onClick={() => {
              jump.value += 1;
              atEnd.value = true;
            }}
          >
            {t.newest}
          </Button>
        </div>
      )}
      <Heard entries={entries} t={t} nameOf={nameOf} conv={thread.conv.value} lang={lang} />
    </div>
  );
}

/** A day's name stays above its first line when older lines of that day arrive. */
function isLoose(key: string): boolean {
  return key.startsWith('day-');
}

function drawRow(row: Row, props: TimelineProps, last: boolean): VNode {
  const { t, lang, nameOf, reasonOf, thread } = props;
  switch (row.kind) {
    case 'day':
      return <div class="timeline-day">{dayText(row.at, Date.now(), lang)}</div>;
    case 'news':
      return (
        <div class="timeline-news">
          <span>{t.news}</span>
        </div>
      );
    case 'act': {
      // By name, not "you": the verb of a Finnish sentence would have to change with it.
      const known = (person: Person) => person.name || nameOf(person);
      const text = actText(row.entry, t, known, reasonOf, lang);
      if (text === null) return <span />;
      return (
        <>
          <p class="timeline-act">{text}</p>
          {props.under?.(row.entry)}
        </>
      );
    }
    case 'line':
      return (
        <Line
          row={row}
          t={t}
          lang={lang}
          name={nameOf(row.entry.by)}
          showStatus={last}
          onRetry={() => thread.retry(row.entry.key)}
          onDiscard={() => thread.discard(row.entry.key)}
        />
      );
  }
}

/** Tells the other side that the newest line was seen, while the page is really looked at. */
function useReading(thread: Thread, reading: boolean, newest: number): void {
  useEffect(() => {
    if (!reading || newest === 0) return;
    const seen = () => {
      if (document.visibilityState === 'visible' && document.hasFocus()) thread.read(newest);
    };
    seen();
    document.addEventListener('visibilitychange', seen);
    window.addEventListener('focus', seen);
    return () => {
      document.removeEventListener('visibilitychange', seen);
      window.removeEventListener('focus', seen);
    };
  }, [thread, reading, newest]);
}

interface TypingProps {
  people: readonly Person[];
  t: TimelineStrings;
  nameOf: (person: Person) => string;
}

function Typing({ people, t, nameOf }: TypingProps): VNode {
  const [first] = people;
  return (
    <div class="timeline-typing">
      {first && (
        <>
          <span class="typing-dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          {people.length > 1 ? t.typingMany : t.typing(nameOf(first))}
        </>
      )}
    </div>
  );
}

interface HeardProps {
  entries: readonly Entry[];
  t: TimelineStrings;
  nameOf: (person: Person) => string;
  conv: string | null;
  lang: Lang;
}

/** Reads out lines of others that came since the conversation was opened. */
function Heard({ entries, t, nameOf, conv }: HeardProps): VNode {
  const from = useRef<{ conv: string | null; seq: number }>({ conv: null, seq: 0 });
  const text = useSignal('');
  useEffect(() => {
    const newest = entries.at(-1)?.seq ?? 0;
    if (from.current.conv !== conv || from.current.seq === 0) {
      from.current = { conv, seq: newest };
      text.value = '';
      return;
    }
    const heard = entries.filter((e) => e.seq > from.current.seq && !e.mine && isLine(e));
    if (newest > from.current.seq) from.current = { conv, seq: newest };
    if (heard.length > 0)
      text.value = heard.map((e) => t.wrote(nameOf(e.by), wordsOf(e, t))).join('. ');
  }, [entries, conv, t, nameOf, text]);
  return (
    <div class="hidden-text" aria-live="polite">
      {text}
    </div>
  );
}

function wordsOf({ event }: Entry, t: TimelineStrings): string {
  if (event.kind === 'note') return event.text;
  if (event.kind !== 'message') return '';
  if (event.auto) return t.auto[event.auto] ?? event.text ?? '';
  return event.text || t.files(event.files?.length ?? 0);
}
