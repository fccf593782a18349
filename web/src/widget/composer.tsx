/** Where the visitor writes: text, pictures and files; a draft outlives the page. */
import { useSignal, useSignalEffect } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { MAX_TEXT } from '@/client/protocol.gen.ts';
import { IconButton } from '@/ui/button.tsx';
import { AttachIcon, SendIcon } from '@/ui/icons.chat.tsx';
import type { Chat } from './chat.ts';
import './composer.css';

const DRAFT = 'draft';

export function Composer({ chat }: { chat: Chat }) {
  const t = chat.i18n.t.value;
  const text = useSignal(chat.host.tab.recall<string>(DRAFT) ?? '');
  const over = useSignal(false);
  const input = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const attached = chat.attached.value;
  const count = attached?.uploads.items.value.length ?? 0;
  const ready = attached?.uploads.ready.value ?? true;
  const sendable = ready && (text.value.trim() !== '' || count > 0);

  useSignalEffect(() => {
    if (chat.host.focus.value > 0) focusInput(input.current);
  });
  useLayoutEffect(() => {
    const element = input.current;
    if (!element) return;
    element.style.height = 'auto'; // as high as its text, up to the limit in the CSS
    element.style.height = `${element.scrollHeight + 2}px`;
  }, [text.value]);

  const write = (value: string) => {
    text.value = value;
    chat.host.tab.keep(DRAFT, value || null);
    chat.thread.typed(value);
  };
  const send = () => {
    if (!sendable) return;
    chat.send(text.value);
    write('');
    input.current?.focus();
  };
  const attach = (files: Iterable<File> | null | undefined) => {
    if (files) void chat.attach([...files]); // the list of a drop is emptied after its event
    input.current?.focus();
  };

  return (
    <form
      class={over.value ? 'composer composer-over' : 'composer'}
      data-drop={t.composer.drop}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      onDragOver={(event) => {
        event.preventDefault();
        over.value = true;
      }}
      onDragLeave={() => {
        over.value = false;
      }}
      onDrop={(event) => {
        event.preventDefault();
        over.value = false;
        attach(event.dataTransfer?.files);
      }}
    >
      {chat.unattended.value && <p class="composer-note">{t.offlineNote}</p>}
      {attached && <attached.List uploads={attached.uploads} i18n={chat.i18n} />}
      <div class="composer-row">
        <IconButton
          label={t.composer.attach}
          icon={<AttachIcon />}
          onClick={() => picker.current?.click()}
        />
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          onChange={({ currentTarget }) => {
            attach(currentTarget.files ? [...currentTarget.files] : null);
            currentTarget.value = '';
          }}
        />
        <textarea
          ref={input}
          class="composer-input"
          rows={1}
          maxLength={MAX_TEXT}
          aria-label={t.composer.label}
          placeholder={t.composer.placeholder}
          value={text.value}
          onInput={({ currentTarget }) => write(currentTarget.value)}
          onKeyDown={(event) => {
            if (!sendsOn(event)) return;
            event.preventDefault();
            send();
          }}
          onPaste={(event) => {
            const files = event.clipboardData?.files;
            if (!files?.length) return;
            event.preventDefault();
            attach(files);
          }}
        />
        <IconButton
          type="submit"
          class="composer-send"
          variant="primary"
          label={t.composer.send}
          icon={<SendIcon />}
          disabled={!sendable}
        />
      </div>
    </form>
  );
}

/** Enter sends with a real keyboard; on a phone's it begins a new line. */
function sendsOn(event: KeyboardEvent): boolean {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return false;
  return matchMedia('(pointer: fine)').matches || event.ctrlKey || event.metaKey;
}

/** On a phone the keyboard would cover what the visitor came to read. */
function focusInput(input: HTMLElement | null): void {
  if (matchMedia('(pointer: fine)').matches) input?.focus();
}
