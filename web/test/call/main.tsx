/**
 * The call part alone in a page, on the real wire: what the end-to-end tests and `bench-setup`
 * drive. The address tells who we are: `#token=…&conv=…&role=…&lang=…&layout=…`.
 */
import { effect } from '@preact/signals-core';
import { render } from 'preact';
import { CallPanel, createCall, type IceAnswer } from '@/call/index.ts';
import { Api } from '@/client/api.ts';
import { Connection } from '@/client/connection.ts';
import { applyEvent } from '@/client/reduce.ts';
import { Thread } from '@/client/thread.ts';
import type { Lang } from '@/i18n/index.ts';
import '@/ui/tokens.css';
import './page.css';

const given = new URLSearchParams(location.hash.slice(1));
const token = given.get('token') ?? '';
const conv = given.get('conv') ?? '';
const role = (given.get('role') ?? 'visitor') as 'visitor' | 'staff' | 'expert';

const connection = new Connection({
  url: `${location.origin.replace(/^http/, 'ws')}/ws`,
  token: async () => token,
});
const api = new Api({ token: async () => token });
const thread = new Thread({ connection, api, side: role, fold: applyEvent, conv });
const call = createCall({ connection, thread, ice: () => api.get<IceAnswer>('/ice'), api, role });
connection.start();

const layout = given.get('layout') === 'wide' ? 'wide' : 'compact';
const lang = (given.get('lang') ?? 'en') as Lang;
const root = document.getElementById('app');
root?.setAttribute('class', layout);
if (root) {
  render(
    <CallPanel client={call} lang={lang} layout={layout} mayRecord={role === 'staff'} />,
    root,
  );
}

effect(() => {
  document.documentElement.dataset.wire = connection.state.value;
  document.documentElement.dataset.phase = call.phase.value;
});

Object.assign(window, { call, connection, thread });
