/** The expert's page: a link in, a lobby, the conversation, an end. */
import { effect } from '@preact/signals';
import { render } from 'preact';
import '@/ui/tokens.css';
import { createI18n, pickLang } from '@/i18n';
import { timelineEn } from '@/timeline/strings.en';
import { App } from './App';
import { ExpertSession, keptOutcome } from './session';
import { en } from './strings.en';
import type { Words } from './words';
import './expert.css';

const session = new ExpertSession(location.hash.slice(1), keptOutcome(history.state?.over));
const words = await createI18n<Words>(
  {
    en: { expert: en, timeline: timelineEn },
    fi: async () => ({
      expert: (await import('./strings.fi')).fi,
      timeline: (await import('@/timeline/strings.fi')).timelineFi,
    }),
    sv: async () => ({
      expert: (await import('./strings.sv')).sv,
      timeline: (await import('@/timeline/strings.sv')).timelineSv,
    }),
  },
  pickLang(navigator.languages),
);

effect(() => {
  document.documentElement.lang = words.lang.value;
});
effect(() => {
  // The secret is worth nothing once it is used, and should not stay in the history.
  const state = session.state.value;
  if (state.at === 'seated') history.replaceState(null, '', location.pathname);
  if (state.at === 'over') history.replaceState({ over: state.outcome }, '');
});

void session.look();
const root = document.getElementById('app');
if (root) render(<App session={session} words={words} />, root);
