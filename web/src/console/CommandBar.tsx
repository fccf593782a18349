/** Ctrl/⌘K: commands of the moment, conversations by name, and canned replies, by a few letters. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { LANG_NAMES, LANGS } from '@/i18n';
import { Dialog } from '@/ui/dialog';
import { type Told, useEnv } from './env';
import { supervisorCommands } from './floor/acting';
import { placeCommands } from './floor/Nav';
import { ACTIONS, keyOf, showKey } from './keys';
import { matchAll } from './match';
import { visitorName } from './names';
import { isMac } from './platform';
import { possible } from './possible';
import { THEMES } from './prefs';
import { canRun, runAction } from './run';
import type { Strings } from './strings.en';

interface Item {
  id: string;
  label: string;
  words?: string;
  hint?: string;
  run: () => void;
}

const SHOWN = 12;

export function CommandBar({ onClose }: { onClose: () => void }): VNode {
  const env = useEnv();
  const { t } = env;
  const query = useSignal('');
  const active = useSignal(0);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const found = matchAll(itemsOf(env, t), query.value).slice(0, SHOWN);
  const chosen = Math.min(active.value, found.length - 1);

  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  });

  const run = (item: Item | undefined) => {
    if (!item) return;
    onClose();
    // After the dialog has given the focus back: what runs may want it elsewhere.
    requestAnimationFrame(item.run);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && found.length > 0) active.value = (chosen + step + found.length) % found.length;
    else if (event.key === 'Enter' && !event.isComposing) run(found[chosen]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog
      title={t.commands.title}
      closeLabel={t.dismiss}
      onClose={onClose}
      class="dialog-commands"
    >
      <input
        class="input"
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls={id}
        aria-autocomplete="list"
        aria-activedescendant={chosen >= 0 ? `${id}-${chosen}` : undefined}
        aria-label={t.commands.placeholder}
        placeholder={t.commands.placeholder}
        autofocus
        value={query.value}
        onInput={(event) => {
          query.value = event.currentTarget.value;
          active.value = 0;
        }}
        onKeyDown={onKeyDown}
      />
      <div ref={list} id={id} class="commands" role="listbox" aria-label={t.commands.title}>
        {found.map((item, at) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the text field hears the keys
          // biome-ignore lint/a11y/useFocusableInteractive: the text field keeps the focus
          <div
            key={item.id}
            id={`${id}-${at}`}
            role="option"
            class="command"
            aria-selected={at === chosen}
            onClick={() => run(item)}
          >
            <span>{item.label}</span>
            {item.hint && <kbd>{item.hint}</kbd>}
          </div>
        ))}
      </div>
      {found.length === 0 && (
        <p class="faint" role="status">
          {t.commands.empty}
        </p>
      )}
    </Dialog>
  );
}

function itemsOf(env: Told, t: Strings): Item[] {
  const { desk, prefs, screen } = env;
  const commands: Item[] = ACTIONS.filter((a) => a !== 'commands' && canRun(a, env)).map(
    (action) => {
      const key = keyOf(action, prefs.keys.value);
      const item = { id: action, label: t.keys.actions[action], run: () => runAction(action, env) };
      return key ? { ...item, hint: showKey(key, isMac) } : item;
    },
  );
  const rows: Item[] = desk.inbox.items.value
    .filter((row) => row.state !== 'closed')
    .map((row) => ({
      id: row.id,
      label: t.commands.open(visitorName(row.visitor, t)),
      words: `${row.visitor.email ?? ''} ${row.last?.text ?? ''}`,
      run: () => desk.select(row.id),
    }));
  const state = desk.thread.value?.state.value ?? null;
  const canned: Item[] = possible('reply', state, desk.id)
    ? screen.canned.value.map((reply) => ({
        id: reply.id,
        label: t.commands.insert(reply.shortcut),
        words: `${reply.text} ${reply.lang}`,
        hint: reply.lang,
        run: () => screen.composer.current?.insert(reply.text),
      }))
    : [];
  const settings: Item[] = [
    {
      id: 'settings',
      label: t.commands.settings,
      run: () => {
        screen.dialog.value = 'settings';
      },
    },
    ...supervisorCommands(env),
    ...(desk.me.agent.role === 'supervisor'
      ? [
          ...placeCommands(env),
          {
            id: 'rules',
            label: t.rules.title,
            run: () => {
              screen.dialog.value = 'rules';
            },
          },
          {
            id: 'gates',
            label: env.words.t.value.identity.gates.title,
            run: () => {
              screen.dialog.value = 'gates';
            },
          },
        ]
      : []),
    ...THEMES.map((theme) => ({
      id: `theme-${theme}`,
      label: t.commands.theme(t.settings.themes[theme]),
      run: () => {
        prefs.theme.value = theme;
      },
    })),
    ...LANGS.map((lang) => ({
      id: `lang-${lang}`,
      label: t.commands.language(LANG_NAMES[lang]),
      run: () => {
        prefs.lang.value = lang;
      },
    })),
  ];
  return [...commands, ...rows, ...canned, ...settings];
}
