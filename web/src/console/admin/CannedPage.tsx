/** Canned replies: one list for the shop, in the languages that it serves in. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { LANG_NAMES, LANGS, type Lang } from '@/i18n';
import { Button, IconButton } from '@/ui/button';
import { Field } from '@/ui/field';
import { CloseIcon, PlusIcon } from '@/ui/icons';
import { Empty } from '../Empty';
import { useEnv } from '../env';
import { checkReplies } from './checking';
import { useAdmin } from './context';
import { Form } from './Form';
import { Select } from './fields';
import type { Reply } from './wire';

export function CannedPage(): VNode | null {
  const { screen } = useEnv();
  const { admin, a } = useAdmin();
  const c = a.canned;
  const draft = admin.canned;
  const shown = useSignal<Lang | ''>('');
  const value = draft.value.value;
  if (value === null) return null;
  const problems = draft.problems.value;
  const change = (at: number, part: Partial<Reply>) =>
    draft.set(value.map((one, index) => (index === at ? { ...one, ...part } : one)));
  // What is wrong is shown, whatever language was picked out.
  const wrong = (at: number) => Boolean(problems[`${at}.shortcut`] ?? problems[`${at}.text`]);
  const rows = value
    .map((reply, at) => ({ reply, at }))
    .filter(({ reply, at }) => shown.value === '' || reply.lang === shown.value || wrong(at));
  return (
    <>
      <p class="admin-lead">{c.lead}</p>
      <div class="canned-filter">
        <Select
          label={c.filter}
          value={shown.value}
          options={[
            { value: '', label: c.all },
            ...LANGS.map((lang) => ({ value: lang, label: LANG_NAMES[lang] })),
          ]}
          onValue={(lang) => {
            shown.value = lang as Lang | '';
          }}
        />
      </div>
      <Form
        draft={draft}
        check={(typed) => checkReplies(typed, a)}
        send={async (typed) => {
          screen.canned.value = await admin.api.put('/agent/canned', typed);
        }}
      >
        {value.length === 0 && <Empty title={c.emptyTitle} text={c.emptyText} />}
        <ul class="canned-rows">
          {rows.map(({ reply, at }) => (
            <li key={at} class="canned-row">
              <Field
                label={c.shortcut}
                value={reply.shortcut}
                error={problems[`${at}.shortcut`]}
                maxLength={40}
                spellcheck={false}
                autocapitalize="off"
                autocomplete="off"
                onValue={(shortcut) => change(at, { shortcut })}
              />
              <Select
                label={c.lang}
                value={reply.lang}
                options={LANGS.map((lang) => ({ value: lang, label: LANG_NAMES[lang] }))}
                onValue={(lang) => change(at, { lang: lang as Lang })}
              />
              <Field
                label={c.text}
                rows={2}
                lang={reply.lang}
                value={reply.text}
                error={problems[`${at}.text`]}
                onValue={(text) => change(at, { text })}
              />
              <IconButton
                label={a.removeOf(reply.shortcut || c.text)}
                icon={<CloseIcon />}
                onClick={() => draft.set(value.filter((_, index) => index !== at))}
              />
            </li>
          ))}
        </ul>
        <div class="hours-acts">
          <Button
            icon={<PlusIcon size={18} />}
            onClick={() =>
              draft.set([...value, { shortcut: '', lang: shown.value || 'fi', text: '' }])
            }
          >
            {c.add}
          </Button>
        </div>
      </Form>
    </>
  );
}
