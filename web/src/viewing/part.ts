/** Puts a viewer into a browser's page: the one place of the view that names globals. */
import type { Api } from '@/client/api.ts';
import type { Lang } from '@/i18n/index.ts';
import { en, type ViewingWords } from './strings.en.ts';
import { fi } from './strings.fi.ts';
import { sv } from './strings.sv.ts';
import { type Place, ViewerClient } from './viewer.ts';

const WORDS: Record<Lang, ViewingWords> = { en, fi, sv };

export function viewingWords(lang: Lang): ViewingWords {
  return WORDS[lang];
}

export interface ViewingPartOptions {
  cobrowse: string;
  api: Pick<Api, 'post'>;
  token: (fresh: boolean) => Promise<string>;
}

/** Begins to look; `dispose` what it returns when one has seen enough. */
export function createViewer({ cobrowse, api, token }: ViewingPartOptions): ViewerClient {
  const address = new URL('/ws/cobrowse', location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  const client = new ViewerClient({
    url: address.href,
    cobrowse,
    token,
    place: () => api.post<Place>(`/cobrowse/${encodeURIComponent(cobrowse)}/images`),
  });
  client.start();
  return client;
}
