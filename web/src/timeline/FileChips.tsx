/** Files on their way into a message: progress, what is wrong, try again, take away. */
import type { VNode } from 'preact';
import { IconButton } from '@/ui/button';
import { CheckIcon, CloseIcon, FileIcon, RetryIcon, WarningIcon } from '@/ui/icons';
import type { Attachments } from './attachments';
import type { TimelineStrings } from './strings.en';

export function FileChips(props: { attachments: Attachments; t: TimelineStrings }): VNode | null {
  const { attachments, t } = props;
  const items = attachments.items.value;
  if (items.length === 0) return null;
  return (
    <ul class="chips" aria-label={t.upload.list}>
      {items.map((item) => (
        <li key={item.id} class="chip" data-problem={item.problem ?? undefined}>
          {item.problem ? (
            <WarningIcon size={16} />
          ) : item.sent ? (
            <CheckIcon size={16} />
          ) : (
            <FileIcon size={16} />
          )}
          <span class="chip-name">
            {item.name}
            {item.problem && <small role="alert">{t.upload[item.problem]}</small>}
          </span>
          {!item.sent && !item.problem && (
            <progress
              max={1}
              value={item.progress}
              aria-label={t.upload.progress(item.name, Math.round(item.progress * 100))}
            />
          )}
          {item.problem === 'failed' && (
            <IconButton
              label={t.upload.retry(item.name)}
              icon={<RetryIcon size={16} />}
              onClick={() => attachments.retry(item.id)}
            />
          )}
          <IconButton
            label={t.upload.remove(item.name)}
            icon={<CloseIcon size={16} />}
            onClick={() => attachments.remove(item.id)}
          />
        </li>
      ))}
    </ul>
  );
}
