/** The files of the message being written, as a list; loaded with the first one. */
import '@preact/signals'; // draws the list again when an upload moves
import { MAX_FILES } from '@/client/protocol.gen.ts';
import { type I18n, sizeText } from '@/i18n/index.ts';
import { IconButton } from '@/ui/button.tsx';
import { CheckIcon, CloseIcon, FileIcon, RetryIcon, WarningIcon } from '@/ui/icons.tsx';
import './attachments.css';
import { words } from './attachments.words.ts';
import type { Words } from './strings.en.ts';
import { type Upload, Uploads } from './uploads.ts';

export { Uploads };

interface ListProps {
  uploads: Uploads;
  i18n: I18n<Words>;
}

export function List({ uploads, i18n }: ListProps) {
  const items = uploads.items.value;
  return (
    <>
      {items.length > 0 && (
        <ul class="uploads">
          {items.map((item) => (
            <Item key={item.key} uploads={uploads} i18n={i18n} item={item} />
          ))}
        </ul>
      )}
      {uploads.full.value && (
        <p class="composer-note" role="alert">
          {words[i18n.lang.value].tooMany(MAX_FILES)}
        </p>
      )}
    </>
  );
}

function Item({ uploads, i18n, item }: ListProps & { item: Upload }) {
  const lang = i18n.lang.value;
  const t = words[lang];
  const { key, name, problem, done, progress } = item;
  const problems = {
    too_large: t.tooLarge,
    bad_type: t.badType,
    failed: t.failed,
  };
  return (
    <li class={problem ? 'upload upload-bad' : 'upload'}>
      {problem ? <WarningIcon /> : done ? <CheckIcon /> : <FileIcon />}
      <span class="upload-text">
        <b>{name}</b>
        {problem ? (
          <small role="alert">{problems[problem]}</small>
        ) : done ? (
          <small>{sizeText(item.size, lang)}</small>
        ) : (
          <progress value={progress} max={1} aria-label={t.uploading(name)} />
        )}
      </span>
      {problem === 'failed' && (
        <IconButton label={t.retry} icon={<RetryIcon />} onClick={() => uploads.retry(key)} />
      )}
      <IconButton
        label={t.remove(name)}
        icon={<CloseIcon size={16} />}
        onClick={() => uploads.remove(key)}
      />
    </li>
  );
}
