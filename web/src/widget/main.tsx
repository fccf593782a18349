/** The frame on the shop's page: reads its address, joins the parts, shows the chat. */
import { render } from 'preact';
import { createI18n, LANGS, type Lang, pickLang } from '@/i18n/index.ts';
import '@/ui/tokens.css';
import { App } from './app.tsx';
import { Chat } from './chat.ts';
import { Host } from './host.ts';
import { Session } from './session.ts';
import { Sound } from './sound.ts';
import type { Words } from './strings.en.ts';
import './widget.css';

async function main(root: HTMLElement): Promise<void> {
  const query = new URLSearchParams(location.search);
  const site = query.get('site') ?? '';
  const lang = pickLang([query.get('lang') ?? '', ...navigator.languages], LANGS);
  const host = new Host();
  const words: Record<Lang, () => Promise<Words>> = {
    en: () => import('./strings.en.ts').then(({ en }) => en),
    fi: () => import('./strings.fi.ts').then(({ fi }) => fi),
    sv: () => import('./strings.sv.ts').then(({ sv }) => sv),
  };
  const [i18n] = await Promise.all([
    createI18n<Words>(words, lang),
    host.meet(query.get('origin') ?? location.origin),
  ]);
  document.documentElement.lang = lang;
  document.title = i18n.t.value.title;
  const session = new Session(site, host);
  const chat = new Chat({ host, session, i18n, sound: new Sound(host.tab) });
  render(<App chat={chat} />, root);
  await chat.start();
}

const root = document.getElementById('app');
if (root) void main(root);
