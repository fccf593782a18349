/** The agent console's page: finds the session, then shows the sign-in or the desk. */
import { effect } from '@preact/signals';
import { render } from 'preact';
import '@/ui/tokens.css';
import './console.css';
import { App } from './App';
import { Drafts } from './drafts';
import { consoleWords } from './env';
import { Prefs } from './prefs';
import { Session } from './session';

/** The browser's storage, or null where it is refused. */
function storage(kind: 'localStorage' | 'sessionStorage'): Storage | null {
  try {
    return window[kind];
  } catch {
    return null;
  }
}

const prefs = new Prefs(storage('localStorage'), navigator.languages);
const drafts = new Drafts(storage('sessionStorage'));
const session = new Session();
const words = await consoleWords(prefs.lang.value);

effect(() => {
  const theme = prefs.theme.value;
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
});
effect(() => {
  void words.choose(prefs.lang.value);
});
effect(() => {
  document.documentElement.lang = words.lang.value;
});

void session.check();
const root = document.getElementById('app');
if (root) render(<App session={session} prefs={prefs} drafts={drafts} words={words} />, root);
