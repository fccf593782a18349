/**
 * Where words are written: the text with its draft, files by picker, paste and drop, canned replies
 * by `/`, Enter to send. What the words are (to the customer, a note, private) is the owner's
 * choice and shows in the colour of the whole and in a sentence above it.
 */
import { useSignal } from '@preact/signals';
import type { ComponentChildren, VNode } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { MAX_FILES, MAX_TEXT } from '@/client/protocol.gen';
import { Button, IconButton } from '@/ui/button';
import { AttachIcon, SendIcon } from '@/ui/icons';
import type { Attachments } from './attachments';
import { CannedList, type CannedStrings } from './CannedList';
import { type Canned, insertCanned, matchCanned, slashAt } from './canned';
import { FileChips } from './FileChips';
import type { TimelineStrings } from './strings.en';
import './composer.css';

export interface ComposerHandle {
  focus(): void;
  /** Put text where the caret is. */
  insert(text: string): void;
}

export interface ComposerProps {
  kind: 'reply' | 'note' | 'consult' | 'confidential';
  label: string;
  placeholder: string;
  sendLabel: string;
  t: TimelineStrings;
  /** The text that stands there; kept by the owner as a draft. */
  text: string;
  onText: (text: string) => void;
  onSend: (text: string) => void;
  /** Null: no files go with this kind. */
  attachments: Attachments | null;
  canned?: { replies: readonly Canned[]; lang: string; t: CannedStrings };
  handle?: { current: ComposerHandle | null };
  /** Above the text: the choice of kind, a warning. */
  children?: ComponentChildren;
}

export function Composer(props: ComposerProps): VNode {
  const { kind, t, text, onText, attachments, canned } = props;
  const area = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const caret = useSignal(text.length);
  const dismissed = useSignal('');
  const active = useSignal(0);
  const over = useSignal(false);
  const problem = useSignal('');
  const list = useId();

  const slash = canned && kind !== 'note' ? slashAt(text, caret.value) : null;
  const replies =
    slash && canned && dismissed.value !== text
      ? matchCanned(canned.replies, slash.query, canned.lang).slice(0, 8)
      : null;
  const chosen = replies ? Math.min(active.value, replies.length - 1) : -1;

  useLayoutEffect(() => {
    const el = area.current;
    if (!el) return;
    el.style.height = 'auto';
    el.style.height = `${el.scrollHeight}px`;
  }, [text, kind]);

  const put = (next: string, at: number) => {
    onText(next);
    caret.value = at;
    active.value = 0;
    requestAnimationFrame(() => area.current?.setSelectionRange(at, at));
  };

  // Before paint: whoever shows the composer may want to type in it in the same breath.
  useLayoutEffect(() => {
    if (!props.handle) return;
    props.handle.current = {
      focus: () => area.current?.focus(),
      insert: (words) => {
        const at = area.current?.selectionStart ?? text.length;
        put(text.slice(0, at) + words + text.slice(at), at + words.length);
        area.current?.focus();
      },
    };
  });

  const choose = (reply: Canned) => {
    if (!slash) return;
    const made = insertCanned(text, slash, reply);
    put(made.text, made.caret);
    area.current?.focus();
  };

  const waiting = attachments?.unfinished ?? false;
  const empty = text.trim() === '' && (attachments?.ready.length ?? 0) === 0;

  const send = () => {
    if (empty) return;
    if (waiting) {
      problem.value = t.upload.waiting;
      return;
    }
    problem.value = '';
    props.onSend(text.trim());
    caret.value = 0;
  };

  const take = (files: FileList | null | undefined): boolean => {
    if (!attachments || !files || files.length === 0) return false;
    const left = attachments.add([...files]);
    problem.value = left > 0 ? t.upload.tooMany(MAX_FILES) : '';
    return true;
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    const reply = replies?.[chosen];
    if (replies && replies.length > 0 && reply) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) active.value = (chosen + step + replies.length) % replies.length;
      else if (event.key === 'Enter' || event.key === 'Tab') choose(reply);
      else if (event.key === 'Escape') dismissed.value = text;
      else return;
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      send();
    } else if (event.key === 'Escape') {
      area.current?.blur();
    }
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping has the picker as its alternative
    <div
      class="composer"
      data-kind={kind}
      data-over={over.value || undefined}
      onDragOver={(event) => {
        if (!attachments || !event.dataTransfer?.types.includes('Files')) return;
        event.preventDefault();
        over.value = true;
      }}
      onDragLeave={() => {
        over.value = false;
      }}
      onDrop={(event) => {
        over.value = false;
        if (take(event.dataTransfer?.files)) event.preventDefault();
      }}
    >
      {props.children}
      {replies && canned && (
        <CannedList id={list} replies={replies} active={chosen} t={canned.t} onChoose={choose} />
      )}
      {attachments && <FileChips attachments={attachments} t={t} />}
      <textarea
        ref={area}
        class="composer-text"
        rows={1}
        maxLength={MAX_TEXT}
        value={text}
        placeholder={over.value ? t.upload.drop : props.placeholder}
        aria-label={props.label}
        aria-autocomplete={canned ? 'list' : undefined}
        aria-controls={replies ? list : undefined}
        aria-activedescendant={replies && chosen >= 0 ? `${list}-${chosen}` : undefined}
        onInput={(event) => {
          caret.value = event.currentTarget.selectionStart;
          active.value = 0;
          onText(event.currentTarget.value);
        }}
        onSelect={(event) => {
          caret.value = event.currentTarget.selectionStart;
        }}
        onKeyDown={onKeyDown}
        onPaste={(event) => {
          if (take(event.clipboardData?.files)) event.preventDefault();
        }}
      />
      <div class="composer-actions">
        {attachments && (
          <>
            <IconButton
              label={t.upload.add}
              icon={<AttachIcon />}
              onClick={() => picker.current?.click()}
            />
            <input
              ref={picker}
              type="file"
              multiple
              hidden
              aria-label={t.upload.add}
              onChange={(event) => {
                take(event.currentTarget.files);
                event.currentTarget.value = '';
              }}
            />
          </>
        )}
        <span class="composer-problem" role="status">
          {problem}
        </span>
        <Button variant="primary" icon={<SendIcon size={16} />} disabled={empty} onClick={send}>
          {props.sendLabel}
        </Button>
      </div>
    </div>
  );
}
