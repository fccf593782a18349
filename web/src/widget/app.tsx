/** The panel: header, banners, call, and the chat or the form for a message. */
import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { Button } from '@/ui/button.tsx';
import { Spinner } from '@/ui/spinner.tsx';
import { fitBrand } from './brand.ts';
import type { Chat } from './chat.ts';
import { Composer } from './composer.tsx';
import { Header } from './header.tsx';
import { Log } from './log.tsx';

const SURFACES = { light: '#ffffff', dark: '#13161d' }; // --surface of tokens.css

export function App({ chat }: { chat: Chat }) {
  useBrand(chat);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) chat.host.tell({ t: 'close' });
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [chat]);
  return (
    <main class="chat">
      <Header chat={chat} />
      <Banner chat={chat} />
      <CobrowseArea chat={chat} />
      {chat.identity.value?.panel}
      <CallArea chat={chat} />
      <Body chat={chat} />
    </main>
  );
}

function Body({ chat }: { chat: Chat }) {
  if (chat.unavailable.value) return <Unavailable chat={chat} />;
  if (!chat.availability.value && !chat.thread.conv.value) {
    return <Wait chat={chat} />;
  }
  if (chat.away.value) return <LazyForm chat={chat} />;
  return (
    <>
      <Log chat={chat} />
      {chat.queue.value?.panel}
      <Composer chat={chat} />
    </>
  );
}

/** Fetched only where nobody is there. */
function LazyForm({ chat }: { chat: Chat }) {
  const [part, setPart] = useState<typeof import('./form.tsx') | null>(null);
  useEffect(() => {
    void import('./form.tsx').then(setPart, () => chat.reload());
  }, [chat]);
  return part ? <part.Form chat={chat} /> : <Wait chat={chat} />;
}

function Wait({ chat }: { chat: Chat }) {
  return (
    <div class="chat-wait">
      <Spinner label={chat.i18n.t.value.connecting} />
    </div>
  );
}

function Unavailable({ chat }: { chat: Chat }) {
  const t = chat.i18n.t.value;
  return (
    <div class="chat-wait" role="alert">
      <p>{t.banner.unavailable}</p>
      <Button onClick={() => chat.reload()}>{t.banner.reload}</Button>
    </div>
  );
}

function CobrowseArea({ chat }: { chat: Chat }) {
  const part = chat.cobrowse.value;
  return part && <part.Panel chat={chat} sharing={part.sharing} />;
}

function CallArea({ chat }: { chat: Chat }) {
  const call = chat.call.value;
  const { lang, t } = chat.i18n;
  if (chat.callFailed.value) {
    return (
      <p class="banner banner-warn" role="alert">
        {t.value.call.failed}
      </p>
    );
  }
  if (!call) return null;
  return (
    <call.Panel
      client={call.client}
      lang={lang.value}
      layout="compact"
      nameOf={(person) => person.name || t.value.service}
      {...(chat.host.alone ? {} : { onPopOut: () => void popOut(chat) })}
    />
  );
}

async function popOut(chat: Chat): Promise<void> {
  const part = await import('./popout.ts');
  part.popOut(chat);
}

/** Tells of a lost connection after a moment: a short break is nobody's business. */
function Banner({ chat }: { chat: Chat }) {
  const t = chat.i18n.t.value.banner;
  const lost = useSignal(false);
  useSignalEffect(() => {
    if (chat.connection.state.value !== 'offline') {
      lost.value = false;
      return;
    }
    const timer = setTimeout(() => {
      lost.value = true;
    }, 1500);
    return () => clearTimeout(timer);
  });
  const ended = chat.connection.state.value === 'refused' || chat.thread.gone.value !== null;
  return (
    <div role="status">
      {ended ? (
        <div class="banner banner-warn">
          {t.refused}
          <Button onClick={() => chat.reload()}>{t.reload}</Button>
        </div>
      ) : (
        lost.value && <div class="banner banner-warn">{t.offline}</div>
      )}
    </div>
  );
}

/** Put the shop's colour on, fitted to the light or dark surface. */
function useBrand(chat: Chat): void {
  const color = chat.site.value?.color;
  useEffect(() => {
    if (!color) return;
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const apply = () => {
      const brand = fitBrand(color, dark.matches ? SURFACES.dark : SURFACES.light);
      if (!brand) return;
      const { style } = document.documentElement;
      style.setProperty('--accent', brand.color);
      const away = brand.ink > '#8' ? '#000' : '#fff'; // from the ink: it stays readable
      style.setProperty('--accent-hover', `color-mix(in oklab, ${brand.color} 88%, ${away})`);
      style.setProperty('--on-accent', brand.ink);
    };
    apply();
    dark.addEventListener('change', apply);
    return () => dark.removeEventListener('change', apply);
  }, [color]);
}
