/**
 * The widget's heart, without its looks: session, connection, thread, who is there, sound, call.
 *
 * Until the visitor has acted (written, attached, called) nothing but the site's public face is
 * asked for: no cookie, no socket. From then on the session is resumed on every page.
 */
import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import type { IceAnswer, Media } from '@/call/index.ts';
import { Api, ApiError } from '@/client/api.ts';
import { Connection } from '@/client/connection.ts';
import type { Pending } from '@/client/entries.ts';
import { Inbox } from '@/client/inbox.ts';
import type { Event, QueuePlace, ServerFrame } from '@/client/protocol.gen.ts';
import { applySeen } from '@/client/reduce.ts';
import { Thread } from '@/client/thread.ts';
import type { I18n } from '@/i18n/index.ts';
import type { Files } from './files.tsx';
import type { Host } from './host.ts';
import { isRare } from './lines.ts';
import type { Presence, Session, Site } from './session.ts';
import type { Sound } from './sound.ts';
import type { Words } from './strings.en.ts';
import type { Uploads } from './uploads.ts';

const POLL = 30_000; // ms between looks at who is there, while no socket tells it
const LIVE = 15_000; // ms; an event older than this was not just said, it is caught up on
const RETRY = 3_000; // ms until a failed start is tried again

type CallPart = typeof import('./callpart.ts');
type CallClient = ReturnType<CallPart['createCall']>;
type IdentityPart = import('@/identity/widget/identity.tsx').IdentityPart;
type QueuePart = import('@/queue/queue.tsx').QueuePart;
type CobrowsePart = typeof import('@/cobrowse/widget/cobrowse.ts');

export interface LoadedCall {
  client: CallClient;
  Panel: CallPart['CallPanel'];
}

export interface LoadedCobrowse {
  sharing: ReturnType<CobrowsePart['createSharing']>;
  Panel: CobrowsePart['CobrowsePanel'];
}

/** What is attached to the message being written, with its list. */
export interface Attached {
  uploads: Uploads;
  List: typeof import('./attachments.tsx').List;
}

export interface Contact {
  name: string;
  email: string;
}

export class Chat {
  readonly host: Host;
  readonly i18n: I18n<Words>;
  readonly sound: Sound;
  readonly connection: Connection;
  readonly thread: Thread;
  readonly #session: Session;
  readonly #api: Api;
  readonly #site = signal<Site | null>(null);
  readonly #unavailable = signal(false);
  readonly #availability = signal<Presence | null>(null);
  readonly #call = signal<LoadedCall | null>(null);
  readonly #cobrowse = signal<LoadedCobrowse | null>(null);
  readonly #attached = signal<Attached | null>(null);
  readonly #callFailed = signal(false);
  readonly #files = signal<Files | null>(null);
  #contact: Contact | null = null;
  #inbox: Inbox | null = null;
  #loading: Promise<LoadedCall> | null = null;
  #resumed: Promise<void> | null = null;

  /** The part by which the visitor proves who they are, once it is loaded. */
  readonly identity = signal<IdentityPart | null>(null);
  /** The part for those who wait, once it is loaded. */
  readonly queue = signal<QueuePart | null>(null);
  /** The place in line that was told last. */
  readonly place = signal<QueuePlace | null>(null);
  /** Says what the rarer events tell, once there was one. */
  readonly rareNotice = signal<typeof import('./notices.ts').rareNotice | null>(null);
  /** The form for a message takes the place of the chat: nobody is there, nothing was said. */
  readonly away = computed(
    () =>
      this.#availability.value?.online === false &&
      !this.thread.conv.value &&
      this.thread.entries.value.length === 0,
  );
  /** Nobody is there or serves, and nothing else says so. */
  readonly unattended = computed(() => {
    const { assignee, left, queue } = this.thread.state.value ?? {};
    return this.#availability.value?.online === false && !(assignee || left || queue);
  });
  /** Whether a call may be offered now. */
  readonly callable = computed(() => {
    const state = this.thread.state.value;
    if (!state || state.state === 'closed' || state.call) return false;
    return Boolean(state.assignee || this.#availability.value?.online);
  });

  constructor(parts: {
    host: Host;
    session: Session;
    i18n: I18n<Words>;
    sound: Sound;
  }) {
    const { host, session, i18n, sound } = parts;
    this.host = host;
    this.i18n = i18n;
    this.sound = sound;
    this.#session = session;
    this.#api = new Api({ token: () => session.token() });
    const socket = new URL('/ws', location.href);
    socket.protocol = socket.protocol.replace('http', 'ws');
    this.connection = new Connection({
      url: socket.href,
      token: (fresh) => session.token(fresh),
    });
    this.thread = new Thread({
      connection: this.connection,
      api: this.#api,
      side: 'visitor',
      fold: applySeen,
      conv: null,
      opening: () => ({
        lang: i18n.lang.value,
        page: host.page.value,
        ...(this.#contact ? { ...this.#contact, offline: true } : {}),
      }),
      store: {
        load: () => host.tab.recall<Pending[]>('pending') ?? [],
        save: (pending) => host.tab.keep('pending', pending.length > 0 ? pending : null),
      },
    });
    this.#follow();
  }

  get site(): ReadonlySignal<Site | null> {
    return this.#site;
  }

  /** The server knows no such site, or does not answer. */
  get unavailable(): ReadonlySignal<boolean> {
    return this.#unavailable;
  }

  get availability(): ReadonlySignal<Presence | null> {
    return this.#availability;
  }

  /** What is attached; null until something has been. */
  get attached(): ReadonlySignal<Attached | null> {
    return this.#attached;
  }

  /** The call part, once it is loaded. */
  get call(): ReadonlySignal<LoadedCall | null> {
    return this.#call;
  }

  /** The part that shows the shop's page to those who serve, once it is loaded. */
  get cobrowse(): ReadonlySignal<LoadedCobrowse | null> {
    return this.#cobrowse;
  }

  get callFailed(): ReadonlySignal<boolean> {
    return this.#callFailed;
  }

  /** Draws sent files, once there is one. */
  get files(): ReadonlySignal<Files | null> {
    return this.#files;
  }

  /** Ask who is there and take the earlier session up. */
  async start(): Promise<void> {
    if (this.host.tab.recall<boolean>('called')) void this.#loadCall(); // the call goes on at once
    effect(() => {
      this.host.identify.value; // anew when the shop says who it is
      this.#resumed = this.#resume();
    });
    if (this.host.tab.recall('cobrowse')) this.loadCobrowse().catch(() => {});
    await Promise.all([this.#look(), this.#resumed]);
  }

  /** Send what is written and attached; it shows at once. */
  send(text: string): void {
    this.#begin();
    this.thread.send(text.trim(), this.#attached.value?.uploads.take()).catch(() => {});
  }

  /** Attach files to the message being written; they are on their way at once. */
  async attach(files: File[]): Promise<void> {
    const { Uploads, List } = await import('./attachments.tsx');
    this.#attached.value ??= {
      List,
      uploads: new Uploads(this.#api, () => {
        const conv = this.thread.conv.value;
        return conv ? `/conversations/${conv}/files` : '/visitor/files';
      }),
    };
    this.#attached.value.uploads.add(files);
  }

  /** Leave a message while nobody is there. */
  leave(contact: Contact, text: string): void {
    this.#contact = contact;
    this.send(text);
  }

  /** Offer a call; the devices are looked at first. */
  async startCall(media: Media[]): Promise<void> {
    try {
      const { client } = await this.#loadCall();
      client.prepare({ action: 'start', media });
    } catch {
      this.#callFailed.value = true;
    }
  }

  /** Load the part that shows the shop's page. */
  async loadCobrowse(): Promise<LoadedCobrowse> {
    const { createSharing, CobrowsePanel } = await import('@/cobrowse/widget/cobrowse.ts');
    this.#cobrowse.value ??= {
      Panel: CobrowsePanel,
      sharing: createSharing({
        chat: this,
        api: this.#api,
        token: async (fresh) => {
          await this.#resumed; // a second look at the session would turn its secret again
          return this.#session.token(fresh);
        },
      }),
    };
    return this.#cobrowse.value;
  }

  /** Begin anew after the session was ended. */
  reload(): void {
    location.reload();
  }

  #begin(): void {
    if (this.#inbox) return;
    const inbox = new Inbox(this.connection);
    this.#inbox = inbox;
    effect(() => {
      // Another tab may have begun the conversation.
      const newest = inbox.items.value.reduce<string | null>(
        (found, { id }) => (found && found > id ? found : id), // ULIDs sort by time
        null,
      );
      if (newest) this.thread.adopt(newest);
    });
  }

  async #look(): Promise<void> {
    try {
      const site = await this.#session.site();
      this.#site.value = site;
      this.#unavailable.value = false;
      if (this.connection.state.value !== 'online') this.#availability.value = site.availability;
    } catch (error) {
      if (!this.#site.value) this.#unavailable.value = true;
      if (error instanceof ApiError && error.final) return;
    }
    setTimeout(() => void this.#lookAgain(), POLL);
  }

  /** While a socket tells it, or nobody looks, there is nothing to ask. */
  async #lookAgain(): Promise<void> {
    if (this.connection.state.value === 'online' || !this.host.open.value || document.hidden) {
      setTimeout(() => void this.#lookAgain(), POLL);
    } else await this.#look();
  }

  async #resume(): Promise<void> {
    try {
      const session = await this.#session.resume();
      if (!session) return;
      if (session.conversation) this.thread.adopt(session.conversation);
      this.#begin();
    } catch (error) {
      // Never by a new session instead: nobody has acted on this page yet.
      if (!(error instanceof ApiError && error.final)) {
        setTimeout(() => void this.#resume(), RETRY);
      }
    }
  }

  #loadCall(): Promise<LoadedCall> {
    this.#callFailed.value = false;
    this.#loading ??= import('./callpart.ts')
      .then(({ createCall, CallPanel, attend }) => {
        const client = createCall({
          connection: this.connection,
          thread: this.thread,
          ice: () => this.#api.get<IceAnswer>('/ice'),
          api: this.#api,
          role: 'visitor',
          storage: this.host.tab,
        });
        effect(() => {
          this.host.tab.keep('called', client.joined.value || null);
        });
        this.#call.value = { client, Panel: CallPanel };
        attend(this);
        return this.#call.value;
      })
      .catch((error: unknown) => {
        this.#loading = null;
        throw error;
      });
    return this.#loading;
  }

  /** Load the part by which the visitor proves who they are. */
  async loadIdentity(): Promise<void> {
    const { createIdentity } = await import('@/identity/widget/identity.tsx');
    this.identity.value ??= createIdentity(this, this.#api);
  }

  /** Load the part for those who wait. */
  async loadQueue(): Promise<void> {
    await (await import('@/queue/queue.tsx')).joinQueue(this, this.#api);
  }

  async #loadNotices(): Promise<void> {
    this.rareNotice.value = (await import('./notices.ts')).rareNotice;
  }

  async #loadFiles(): Promise<void> {
    if (this.#files.peek()) return;
    const { Files } = await import('./files.tsx');
    this.#files.value ??= new Files(this.#api, this.i18n.lang.value);
  }

  #follow(): void {
    this.connection.frame((frame) => this.#receive(frame));
    effect(() => {
      const count = this.thread.unread.value;
      const talking = this.#call.value?.client.joined.value ? '●' : '';
      this.host.tell({ t: 'unread', count, sign: count ? String(count) : talking });
    });
    effect(() => {
      const state = this.thread.state.value;
      const page = this.host.page.value;
      const online = this.connection.state.value === 'online';
      if (!state || !page || !online || state.state === 'closed') return;
      if (this.host.tab.recall<string>('page') === page.url) return;
      this.host.tab.keep('page', page.url);
      this.connection.send({ t: 'page.view', conv: state.id, page }).catch(() => {});
    });
    effect(() => {
      const { call, cobrowse, identity, left, queue, verification } = this.thread.state.value ?? {};
      if (identity || verification) this.loadIdentity().catch(() => {});
      if (queue || left) this.loadQueue().catch(() => {});
      if (call) this.#loadCall().catch(() => {});
      if (cobrowse) this.loadCobrowse().catch(() => {});
    });
    effect(() => {
      const entries = this.thread.entries.value;
      const sent = entries.some(({ event }) => event.kind === 'message' && event.files?.length);
      if (entries.some(isRare)) this.#loadNotices().catch(() => {});
      if (sent) this.#loadFiles().catch(() => {});
    });
    const wake = () => this.connection.wake();
    addEventListener('online', wake);
    document.addEventListener('visibilitychange', wake);
  }

  #receive(frame: ServerFrame): void {
    if (frame.t === 'availability') this.#availability.value = frame;
    else if (frame.t === 'queue') this.place.value = frame;
    else if (frame.t === 'event' && this.#isNews(frame)) this.sound.play();
  }

  #isNews({ event, by, at }: Event): boolean {
    if (event.kind !== 'message' || event.auto || by.role === 'visitor') return false;
    if (this.connection.now() - at > LIVE) return false;
    return !this.host.open.value || document.hidden || !document.hasFocus();
  }
}
