/** What a site hides from everybody who is shown a page: for supervisors. It can only hide more. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { ApiError } from '@/client/api';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Field } from '@/ui/field';
import { Spinner } from '@/ui/spinner';
import { toast } from '@/ui/toast';
import { useEnv } from './env';
import {
  linesOf,
  problemsOf,
  RULE_KINDS,
  type RuleKind,
  type Rules,
  type RuleTexts,
} from './rules';
import { sentence } from './words';

const ADDRESS = '/agent/cobrowse/rules';

export function RulesDialog({ onClose }: { onClose: () => void }): VNode {
  const { desk, t } = useEnv();
  const texts = useSignal<RuleTexts | null>(null);
  const error = useSignal('');
  const busy = useSignal(false);
  const asked = useSignal(0);
  useEffect(() => {
    desk.cookieApi
      .get<Rules>(ADDRESS)
      .then((rules) => {
        texts.value = textsOf(rules);
      })
      .catch((problem: unknown) => {
        error.value = errorOf(problem, t.errors);
      });
  }, [desk, asked.value]); // asked anew when somebody tries again
  const save = async (rules: Rules) => {
    busy.value = true;
    error.value = '';
    try {
      await desk.cookieApi.put(ADDRESS, rules);
      onClose();
      toast(t.rules.saved);
    } catch (problem) {
      error.value = errorOf(problem, t.errors);
      busy.value = false;
    }
  };
  return (
    <Dialog title={t.rules.title} closeLabel={t.dismiss} onClose={onClose} class="dialog-wide">
      <p>{t.rules.lead}</p>
      {texts.value ? (
        <Form
          texts={texts.value}
          onTexts={(changed) => {
            texts.value = changed;
          }}
          busy={busy.value}
          error={error.value}
          onSave={(rules) => void save(rules)}
        />
      ) : error.value ? (
        <div class="form">
          <p class="field-error" role="alert">
            {error}
          </p>
          <div class="dialog-actions">
            <Button
              onClick={() => {
                error.value = '';
                asked.value += 1;
              }}
            >
              {t.call.retry}
            </Button>
          </div>
        </div>
      ) : (
        <div class="page-center">
          <Spinner label={t.rules.loading} />
        </div>
      )}
    </Dialog>
  );
}

interface FormProps {
  texts: RuleTexts;
  onTexts: (texts: RuleTexts) => void;
  busy: boolean;
  error: string;
  onSave: (rules: Rules) => void;
}

function Form({ texts, onTexts, busy, error, onSave }: FormProps): VNode {
  const { t } = useEnv();
  const form = useRef<HTMLFormElement>(null);
  const problems = new Map(
    RULE_KINDS.map((kind) => [kind, problemsOf(kind, texts[kind], selects)] as const),
  );
  const submit = (event: Event) => {
    event.preventDefault();
    const wrong = form.current?.querySelector<HTMLElement>('[aria-invalid=true]');
    if (wrong) wrong.focus();
    else if (!busy) onSave(rulesOf(texts));
  };
  const told = (kind: RuleKind): string =>
    (problems.get(kind) ?? [])
      .map(({ line, mistake }) => {
        const text = t.rules.mistakes[mistake];
        return line === null ? text : t.rules.line(line, text);
      })
      .join(' ');
  return (
    <form class="form rules" ref={form} onSubmit={submit} noValidate>
      {RULE_KINDS.map((kind) => (
        <Field
          key={kind}
          label={t.rules.kinds[kind]}
          hint={t.rules.hints[kind]}
          error={told(kind) || null}
          rows={3}
          spellcheck={false}
          autocapitalize="off"
          autocomplete="off"
          placeholder={PLACEHOLDERS[kind]}
          value={texts[kind]}
          onValue={(value) => onTexts({ ...texts, [kind]: value })}
        />
      ))}
      <p class="faint">{t.rules.note}</p>
      <p class="field-error" role="status">
        {error}
      </p>
      <div class="dialog-actions">
        <Button variant="primary" type="submit" busy={busy}>
          {t.rules.save}
        </Button>
      </div>
    </form>
  );
}

/** What a rule may look like; the same in every language. */
const PLACEHOLDERS: Readonly<Record<RuleKind, string>> = {
  mask: '.order-history .price',
  block: '#loyalty-card',
  nocontrol: '.delete-account',
  pause: '/checkout/pay*',
  assets: 'cdn.example.com',
};

/** As the shopper's page will use it: `CSS.supports` takes no list, and can be talked out of its brackets. */
function selects(selector: string): boolean {
  try {
    document.createDocumentFragment().querySelector(selector);
    return true;
  } catch {
    return false;
  }
}

function textsOf(rules: Rules): RuleTexts {
  return Object.fromEntries(RULE_KINDS.map((kind) => [kind, rules[kind].join('\n')])) as RuleTexts;
}

function rulesOf(texts: RuleTexts): Rules {
  return Object.fromEntries(RULE_KINDS.map((kind) => [kind, linesOf(texts[kind])])) as Rules;
}

function errorOf(problem: unknown, known: Record<string, string> & { other: string }): string {
  if (!(problem instanceof ApiError)) return known.other;
  // The server says which rule cannot be, where the page did not see it.
  return problem.code === 'bad_request' ? problem.message : sentence(known, problem.code);
}
