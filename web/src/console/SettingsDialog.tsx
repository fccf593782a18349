/** The agent's own choices on this device, and signing out. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { LANG_NAMES, LANGS } from '@/i18n';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { KeyboardIcon, MicIcon, PageIcon, SignOutIcon } from '@/ui/icons';
import { askPermission, notificationPermission } from './alerting';
import { useEnv } from './env';
import { ShopIcon } from './floor/icons';
import { goTo } from './floor/Nav';
import { ShieldIcon } from './identity/icons';
import { THEMES } from './prefs';

export function SettingsDialog({ onClose }: { onClose: () => void }): VNode {
  const env = useEnv();
  const { desk, prefs, screen, session, t, who } = env;
  const s = t.settings;
  const busy = useSignal(false);
  const permission = notificationPermission.value;
  const signOut = async (everywhere: boolean) => {
    busy.value = true;
    try {
      await session.logout(everywhere);
    } catch {
      desk.notify({ word: 'other' });
      busy.value = false;
    }
  };
  return (
    <Dialog title={s.title} closeLabel={t.dismiss} onClose={onClose}>
      <p class="settings-who">
        <b>{desk.me.agent.name}</b>
        <span class="faint">{desk.me.agent.email}</span>
      </p>
      <fieldset class="choices choices-row">
        <legend>{s.theme}</legend>
        {THEMES.map((theme) => (
          <label key={theme} class="check">
            <input
              type="radio"
              name="theme"
              checked={prefs.theme.value === theme}
              onChange={() => {
                prefs.theme.value = theme;
              }}
            />
            {s.themes[theme]}
          </label>
        ))}
      </fieldset>
      <fieldset class="choices choices-row">
        <legend>{s.language}</legend>
        {LANGS.map((lang) => (
          <label key={lang} class="check" lang={lang}>
            <input
              type="radio"
              name="lang"
              checked={prefs.lang.value === lang}
              onChange={() => {
                prefs.lang.value = lang;
              }}
            />
            {LANG_NAMES[lang]}
          </label>
        ))}
      </fieldset>
      <label class="check">
        <input
          type="checkbox"
          checked={prefs.sound.value}
          onChange={(event) => {
            prefs.sound.value = event.currentTarget.checked;
          }}
        />
        {s.sound}
      </label>
      {permission !== 'unsupported' && (
        <div class="setting">
          <span>{s.desktop}</span>
          {permission === 'default' ? (
            <Button onClick={() => void askPermission()}>{s.desktopAsk}</Button>
          ) : (
            <span class="faint">{permission === 'granted' ? s.desktopOn : s.desktopDenied}</span>
          )}
        </div>
      )}
      <div class="settings-more">
        <Button
          icon={<KeyboardIcon size={18} />}
          onClick={() => {
            screen.dialog.value = 'keys';
          }}
        >
          {s.keys}
        </Button>
        <Button
          icon={<MicIcon size={18} />}
          onClick={() => {
            screen.dialog.value = 'equipment';
          }}
        >
          {s.equipment}
        </Button>
        {desk.me.agent.role === 'supervisor' && (
          <Button
            icon={<ShopIcon size={18} />}
            onClick={() => {
              onClose();
              goTo({ at: 'admin', page: 'departments' }, env);
            }}
          >
            {env.s.nav.admin}
          </Button>
        )}
        {desk.me.agent.role === 'supervisor' && (
          <Button
            icon={<PageIcon size={18} />}
            onClick={() => {
              screen.dialog.value = 'rules';
            }}
          >
            {s.rules}
          </Button>
        )}
        {desk.me.agent.role === 'supervisor' && (
          <Button
            icon={<ShieldIcon size={18} />}
            onClick={() => {
              screen.dialog.value = 'gates';
            }}
          >
            {who.gates.menu}
          </Button>
        )}
      </div>
      <div class="dialog-actions">
        <Button variant="quiet" disabled={busy.value} onClick={() => void signOut(true)}>
          {s.signOutAll}
        </Button>
        <Button
          icon={<SignOutIcon size={18} />}
          disabled={busy.value}
          onClick={() => void signOut(false)}
        >
          {s.signOut}
        </Button>
      </div>
    </Dialog>
  );
}
