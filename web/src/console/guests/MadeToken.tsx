/** A token that was just made, and where to use it: both to be copied now. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Button } from '@/ui/button';
import { Field } from '@/ui/field';
import { CheckIcon, CopyIcon } from '@/ui/icons';
import { useEnv } from '../env';
import { GUESTS } from './strings';
import type { Made } from './wire';

type What = 'address' | 'token';

interface MadeTokenProps {
  made: Made;
  onAgain: () => void;
}

export function MadeToken({ made, onAgain }: MadeTokenProps): VNode {
  const g = GUESTS[useEnv().lang];
  const copied = useSignal<What | 'failed' | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => heading.current?.focus(), []); // the form that was pressed is gone
  const copy = async (what: What) => {
    try {
      await navigator.clipboard.writeText(what === 'address' ? made.url : made.token);
      copied.value = what;
    } catch {
      copied.value = 'failed';
      box.current?.querySelector<HTMLInputElement>(`[data-what=${what}] input`)?.select();
    }
  };
  const line = (what: What, value: string, label: string) => (
    <div class="guest-secret" data-what={what}>
      <Field
        label={g[what]}
        {...(what === 'token' ? { hint: g.tokenHint } : {})}
        value={value}
        readOnly
        spellcheck={false}
        onValue={() => {}}
        onFocus={(event) => event.currentTarget.select()}
      />
      <Button
        icon={copied.value === what ? <CheckIcon size={18} /> : <CopyIcon size={18} />}
        onClick={() => void copy(what)}
      >
        {label}
      </Button>
    </div>
  );
  return (
    <div class="form" ref={box}>
      <h3 ref={heading} tabIndex={-1}>
        {g.made(made.guest.label)}
      </h3>
      <p>{g.once}</p>
      {line('address', made.url, g.copyAddress)}
      {line('token', made.token, g.copyToken)}
      <div class="dialog-actions">
        <span class="invite-copied" role="status">
          {copied.value === 'failed' ? g.copyFailed : copied.value && g.copied}
        </span>
        <Button onClick={onAgain}>{g.another}</Button>
      </div>
    </div>
  );
}
