/** The canned replies that `/` offers, above the composer; the text field keeps the focus. */
import type { VNode } from 'preact';
import type { Canned } from './canned';

export interface CannedStrings {
  canned: string;
  cannedEmpty: string;
  cannedHint: string;
}

interface CannedListProps {
  id: string;
  replies: readonly Canned[];
  active: number;
  t: CannedStrings;
  onChoose: (reply: Canned) => void;
}

export function CannedList({ id, replies, active, t, onChoose }: CannedListProps): VNode {
  return (
    <div class="canned">
      {replies.length === 0 ? (
        <p class="canned-hint">{t.cannedEmpty}</p>
      ) : (
        <>
          {/* Keys are heard by the text field, which names the active option. */}
          <div id={id} role="listbox" aria-label={t.canned}>
            {replies.map((reply, at) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: see above
              // biome-ignore lint/a11y/useFocusableInteractive: see above
              <div
                key={reply.id}
                id={`${id}-${at}`}
                role="option"
                class="canned-item"
                aria-selected={at === active}
                onPointerDown={(event) => event.preventDefault()}
                onClick={() => onChoose(reply)}
              >
                <b>/{reply.shortcut}</b>
                <span class="canned-text">{reply.text}</span>
                <span class="canned-lang">{reply.lang}</span>
              </div>
            ))}
          </div>
          <p class="canned-hint" aria-hidden="true">
            {t.cannedHint}
          </p>
        </>
      )}
    </div>
  );
}
