/** Where the visitor writes: text, pictures and files; a draft outlives the page. */
import { useSignal, useSignalEffect } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { MAX_FILES, MAX_TEXT } from '@/client/protocol.gen.ts';
import { sizeText } from '@/i18n/dates.ts';
import { IconButton } from '@/ui/button.tsx';
import {
  AttachIcon,
  CheckIcon,
  CloseIcon,
  FileIcon,
  RetryIcon,
  SendIcon,
  WarningIcon,
} from '@/ui/icons.tsx';
import type { Chat } from './chat.ts';
import './composer.css';
import { keep, recall, tab } from './stored.ts';
import type { Upload } from './uploads.ts';

const DRAFT = 'draft';

export function Composer({ chat }: { chat: Chat }) {
  const t = chat.i18n.t.value;
  const text = useSignal(recall<string>(tab, DRAFT) ?? '');
  const over = useSignal(false);
  const input = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const { uploads } = chat;
  const count = uploads.items.value.length;
  const sendable = uploads.ready.value && (text.value.trim() !== '' || count > 0);

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
    keep(tab, DRAFT, value || null);
    chat.thread.typed(value);
  };
  const send = () => {
    if (!sendable) return;
    chat.send(text.value);
    write('');
    input.current?.focus();
  };
  const attach = (files: Iterable<File> | null | undefined) => {
    if (files) uploads.add(files);
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
      {chat.availability.value?.online === false && !chat.thread.state.value?.assignee && (
        <p class="composer-note">{t.offlineNote}</p>
      )}
      {count > 0 && (
        <ul class="uploads">
          {uploads.items.value.map((item) => (
            <UploadItem key={item.key} chat={chat} item={item} />
          ))}
        </ul>
      )}
      {uploads.full.value && (
        <p class="composer-note" role="alert">
          {t.composer.tooMany(MAX_FILES)}
        </p>
      )}
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

function UploadItem({ chat, item }: { chat: Chat; item: Upload }) {
  const { lang, t } = chat.i18n;
  const { key, name, problem, done, progress } = item;
  const problems = {
    too_large: t.value.file.tooLarge,
    bad_type: t.value.file.badType,
    failed: t.value.file.failed,
  };
  return (
    <li class={problem ? 'upload upload-bad' : 'upload'}>
      {problem ? <WarningIcon /> : done ? <CheckIcon /> : <FileIcon />}
      <span class="upload-text">
        <b>{name}</b>
        {problem ? (
          <small role="alert">{problems[problem]}</small>
        ) : done ? (
          <small>{sizeText(item.size, lang.value)}</small>
        ) : (
          <progress value={progress} max={1} aria-label={t.value.file.uploading(name)} />
        )}
      </span>
      {problem === 'failed' && (
        <IconButton
          label={t.value.file.retry}
          icon={<RetryIcon />}
          onClick={() => chat.uploads.retry(key)}
        />
      )}
      <IconButton
        label={t.value.file.remove(name)}
        icon={<CloseIcon size={16} />}
        onClick={() => chat.uploads.remove(key)}
      />
    </li>
  );
}
