/** Where the expert writes: to the agent in private, or, let in, to everybody. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import type { Api } from '@/client/api';
import type { Thread } from '@/client/thread';
import type { I18n } from '@/i18n';
import { Attachments } from '@/timeline/attachments';
import { Composer, type ComposerHandle } from '@/timeline/Composer';
import { PrivateIcon } from '@/timeline/private-icon';
import { ChatIcon, PeopleIcon } from '@/ui/icons';
import type { Words } from './words';

interface WritingProps {
  thread: Thread;
  api: Api;
  words: I18n<Words>;
  conv: string;
  /** Whether words may go to everybody. */
  open: boolean;
  /** Let in by a link that does not allow to write. */
  silent: boolean;
}

export function Writing({ thread, api, words, conv, open, silent }: WritingProps): VNode {
  const t = words.t.value.expert;
  const wanted = useSignal<'all' | 'staff'>('all');
  const texts = { all: useSignal(''), staff: useSignal('') };
  const attachments = useMemo(() => new Attachments(api, conv), [api, conv]);
  const handle = useRef<ComposerHandle>(null);
  const to = open ? wanted.value : 'staff';
  const text = texts[to];
  const send = (words: string) => {
    // A refused message stays in the timeline as failed, with its way on.
    thread.send(words, attachments.ready, { consult: to === 'staff' }).catch(() => {});
    attachments.clear();
    text.value = '';
  };
  return (
    <Composer
      key={to}
      kind={to === 'staff' ? 'consult' : 'reply'}
      label={to === 'staff' ? t.toStaff : t.toAll}
      placeholder={to === 'staff' ? t.privatePlaceholder : t.placeholder}
      sendLabel={to === 'staff' ? t.sendPrivate : t.send}
      t={words.t.value.timeline}
      text={text.value}
      onText={(value) => {
        text.value = value;
        if (to === 'all') thread.typed(value); // the customer must not see a hidden person type
      }}
      onSend={send}
      attachments={attachments}
      handle={handle}
    >
      <div class="kinds">
        {open && (
          <fieldset class="kind-choice">
            <legend class="hidden-text">{t.to}</legend>
            {(['all', 'staff'] as const).map((choice) => (
              <label key={choice} data-kind={choice === 'staff' ? 'consult' : 'reply'}>
                <input
                  type="radio"
                  name="to"
                  checked={to === choice}
                  onChange={() => {
                    wanted.value = choice;
                  }}
                  onClick={(event) => {
                    // By pointer one means to write at once; by arrows one is still choosing.
                    if (event.detail > 0) requestAnimationFrame(() => handle.current?.focus());
                  }}
                />
                {choice === 'staff' ? <PrivateIcon size={16} /> : <ChatIcon size={16} />}
                {choice === 'staff' ? t.toStaff : t.toAll}
              </label>
            ))}
          </fieldset>
        )}
        <p class="kind-warning">
          {to === 'staff' ? <PrivateIcon size={16} /> : <PeopleIcon size={16} />}
          {silent ? t.silent : to === 'staff' ? t.privateWarning : t.publicWarning}
        </p>
      </div>
    </Composer>
  );
}
