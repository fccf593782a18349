/**
 * The one script on the shop's page: `<script async src=".../loader.js" data-site="KEY">`.
 *
 * It shows the launcher, makes the frame on our origin when the visitor wants it (or had it open,
 * or has a conversation), and tells it the page. Nothing is stored before the visitor has acted.
 * `window.Tiski(command, ...)` takes open, close, on(event, fn), identify(jwt), forget,
 * recording:pause and recording:resume; calls made before the script came are queued in `Tiski.q`.
 * Budget: 2 kB gzip, so it is one plain file.
 */
import { FORGET, HELLO, type News, type ToFrame, type Told } from './bridge.ts';
import { PHONE, style } from './style.ts';

type Sdk = ((...call: unknown[]) => void) & { q?: unknown[][] };

const ALLOW =
  'camera;microphone;display-capture;autoplay;fullscreen;picture-in-picture;clipboard-write;screen-wake-lock;speaker-selection';

function start(script: HTMLScriptElement): void {
  const { origin } = new URL(script.src);
  const { site = '', color = '#3b4cca', lang } = script.dataset;
  const key = `tiski:${site}`;
  const root = document.documentElement;
  const listeners: [name: string, fn: (value?: unknown) => void][] = [];
  const phone = matchMedia(PHONE);
  const view = window.visualViewport as VisualViewport;

  const host = document.createElement('tiski-chat');
  const shadow = host.attachShadow({ mode: 'open' });
  shadow.innerHTML = `<style>${style(color, inkOn(color))}</style><div><button><svg viewBox="0 0 24 24"><path/></svg><b></b></button></div>`;
  const find = <T extends Element>(name: string) => shadow.querySelector(name) as T;
  const box = find<HTMLElement>('div');
  const button = find<HTMLElement>('button');

  let frame: HTMLIFrameElement | undefined;
  let port: MessagePort | undefined;
  let open = false;
  let sign = '';
  let unread = 0;
  let told: string | undefined;
  let identify: unknown;
  let said: unknown; // of the recording, by this page

  const tell = (message: ToFrame) => port?.postMessage(message);
  const emit = (event: string, value?: unknown) => {
    for (const [name, fn] of listeners) if (name === event) fn(value);
  };
  const title = () => document.title.replace(/^\(\d+\) /, '');

  /** Read, write or (null) drop what is kept. Where storage is blocked nothing is remembered. */
  function kept(
    where: 'localStorage' | 'sessionStorage',
    value?: string | null,
  ): string | undefined {
    try {
      const storage = window[where];
      if (value) storage[key] = value;
      else if (value === null) delete storage[key];
      return storage[key];
    } catch {
      return;
    }
  }

  /** What the frame keeps for the tab: read anew, as a page that is come back to has missed some. */
  const memory = () => (kept('sessionStorage') ?? '').slice(1);

  const news = (): News => ({
    t: 'page',
    page: { url: location.href, title: title() },
    resume: kept('localStorage'), // another tab may have changed it
    identify,
    said,
    open,
    tab: memory(),
  });

  function show(tab = memory()): void {
    const mark = unread ? `(${unread}) ` : '';
    const marked = mark + title();
    // The word is the same in our languages; the state says what a press does.
    button.ariaLabel = `${mark}Chat`;
    box.className = button.ariaExpanded = `${open}`;
    find('path').setAttribute('d', open ? 'M5 9l7 7 7-7' : 'M4 20l1-4a8 7 0 1 1 3 3z');
    find('b').textContent = sign;
    root.style.overflow = open && phone.matches ? 'hidden' : '';
    // Writing an unchanged title would make an empty one on a page that has not come so far.
    if (marked !== document.title) document.title = marked;
    kept('sessionStorage', open || tab ? +open + tab : null);
  }

  function load(): void {
    if (frame) return;
    frame = document.createElement('iframe');
    frame.title = 'Chat';
    frame.allow = ALLOW;
    frame.src = `${origin}/widget?site=${site}&lang=${lang || root.lang}&origin=${location.origin}`;
    box.append(frame);
  }

  function turn(on: boolean, focus = true): void {
    load();
    open = on;
    show();
    if (focus) (on ? frame : button)?.focus();
    const t = on ? 'open' : 'close';
    tell({ t, focus });
    emit(t);
  }

  function receive({ data, ports }: MessageEvent<Told>): void {
    const { t, src } = data;
    kept('localStorage', data.secret);
    if (t === 'unread') {
      ({ count: unread, sign } = data as Required<Told>);
      emit(t, unread);
    }
    if (t === 'open') turn(true, false); // a call opens it, and takes no focus
    if (t === 'close') turn(false);
    // The slash keeps it on our origin, whatever follows: ".evil.example", "@evil.example".
    if (src) {
      const from = `${origin}/${src}`;
      import(/* @vite-ignore */ from).then((part) => part.start(ports[0]));
    }
    show(data.data);
  }

  addEventListener('message', ({ data, origin: from, source }) => {
    if (data === HELLO && from === origin && source === frame?.contentWindow) {
      const { port1, port2 } = new MessageChannel();
      port = port1;
      port.onmessage = receive;
      (source as Window).postMessage(news(), origin, [port2]);
    }
  });

  // Pages change without loading in some shops. Looking once a second costs less than patching
  // the shop's history, and sees titles that come late.
  function look(): void {
    const now = news();
    const seen = JSON.stringify(now);
    if (seen !== told) tell(now);
    told = seen;
  }
  setInterval(look, 1000);

  button.onclick = () => turn(!open);
  button.onkeydown = (event) => {
    if (open && event.key === 'Escape') turn(false);
  };
  // Fetched when the hand moves there, the chat opens at once.
  button.onpointerenter = button.onfocus = load;
  // The keyboard of a phone covers the page without telling the frame.
  view.onresize = view.onscroll = () => {
    box.style.cssText = `--h:${view.height}px;--y:${view.offsetTop}px`;
  };

  const scope = window as unknown as { Tiski?: Sdk };
  const queued = scope.Tiski?.q ?? [];
  scope.Tiski = (command, ...args) => {
    const secret = kept('localStorage');
    if (command === 'on') listeners.push(args as never);
    else if (command === 'identify') [identify] = args;
    else if (command === 'forget') {
      identify = undefined;
      // What is kept says so until a frame has done it, on this page or the next.
      kept('localStorage', secret && FORGET + secret);
    } else if ((command as string)[9])
      said = command; // only those of the recording are so long
    else turn(command === 'open');
    look();
  };
  open = kept('sessionStorage')?.[0] === '1';
  root.append(host);
  show();
  if (open || memory()) load();
  else if (kept('localStorage')) setTimeout(load, 1500); // for what has come meanwhile
  for (const call of queued) scope.Tiski(...call);
}

/** White or dark, whichever the colour carries better (by WCAG relative luminance). */
function inkOn(color: string): string {
  const rgb = +`0x${color.slice(1)}`;
  const light = 3 * (rgb >> 16) ** 2.2 + 10 * ((rgb >> 8) & 255) ** 2.2 + (rgb & 255) ** 2.2;
  return light > 5e5 ? '#111' : '#fff';
}

start(document.currentScript as HTMLScriptElement);
