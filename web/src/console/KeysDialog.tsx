/** The list of keys, where each can be changed or turned off (WCAG 2.1.4). */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { Button, IconButton } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { CloseIcon } from '@/ui/icons';
import { useEnv } from './env';
import { ACTIONS, type Action, changeKey, KEY_DEFAULTS, keyOf, nameOf, showKey } from './keys';
import { isMac } from './platform';

export function KeysDialog({ onClose }: { onClose: () => void }): VNode {
  const { prefs, t } = useEnv();
  const settings = prefs.keys.value;
  const fixed = [
    ['Enter', t.keys.enter],
    ['Shift+Enter', t.keys.newline],
    ['/', t.keys.slash],
    ['Esc', t.keys.escape],
  ] as const;
  return (
    <Dialog title={t.keys.title} closeLabel={t.dismiss} onClose={onClose} class="dialog-wide">
      <p class="faint">{t.keys.lead}</p>
      <label class="check">
        <input
          type="checkbox"
          checked={settings.single}
          onChange={(event) => {
            prefs.keys.value = { ...settings, single: event.currentTarget.checked };
          }}
        />
        {t.keys.single}
      </label>
      <ul class="keys">
        {ACTIONS.map((action) => (
          <KeyRow key={action} action={action} />
        ))}
      </ul>
      <h3>{t.keys.fixed}</h3>
      <ul class="keys">
        {fixed.map(([key, text]) => (
          <li key={key}>
            <span>{text}</span>
            <kbd>{key}</kbd>
          </li>
        ))}
      </ul>
      <div class="dialog-actions">
        <Button
          onClick={() => {
            prefs.keys.value = KEY_DEFAULTS;
          }}
        >
          {t.keys.reset}
        </Button>
      </div>
    </Dialog>
  );
}

function KeyRow({ action }: { action: Action }): VNode {
  const { prefs, t } = useEnv();
  const listening = useSignal(false);
  const settings = prefs.keys.value;
  const key = keyOf(action, settings);
  const name = t.keys.actions[action];
  const onKeyDown = (event: KeyboardEvent) => {
    if (!listening.value) return;
    if (event.key === 'Tab') {
      listening.value = false;
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    if (event.key === 'Escape') {
      listening.value = false;
      return;
    }
    const pressed = nameOf(event);
    if (pressed === null) return;
    prefs.keys.value = changeKey(settings, action, pressed);
    listening.value = false;
  };
  return (
    <li>
      <span>{name}</span>
      <button
        type="button"
        class="key"
        aria-label={`${t.keys.change(name)}: ${key ? showKey(key, isMac) : t.keys.off}`}
        data-listening={listening.value || undefined}
        onClick={() => {
          listening.value = true;
        }}
        onBlur={() => {
          listening.value = false;
        }}
        onKeyDown={onKeyDown}
      >
        {listening.value ? t.keys.press : key ? <kbd>{showKey(key, isMac)}</kbd> : t.keys.off}
      </button>
      <IconButton
        label={t.keys.turnOff(name)}
        icon={<CloseIcon size={14} />}
        disabled={key === ''}
        onClick={() => {
          prefs.keys.value = changeKey(settings, action, '');
        }}
      />
    </li>
  );
}
