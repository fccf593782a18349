/**
 * Shares a page as the product does, but sends the frames straight to a test's WebSocket.
 *
 * Only here can a rule of the sanitizer be left out: the shipped code knows no such thing.
 */
import type { SiteRules, Trouble } from '@/cobrowse/bridge.ts';
import { createMasker, type Masker, RULES } from '@/cobrowse/page/mask/index.ts';
import type { Recorder } from '@/cobrowse/page/recorder.ts';
import type { Masked } from '@/cobrowse/wire.gen.ts';

export interface Sharing {
  recorder: Recorder;
  masker: Masker;
  counted: Masked[];
  troubles: Trouble[];
  /** Answers when the test has all that was sent until now. */
  settled(): Promise<void>;
}

declare global {
  interface Window {
    sharing: Sharing;
  }
}

const nothing: SiteRules = { version: '', mask: [], block: [], nocontrol: [], pause: [] };

/** The names of all rules. */
export const ruleNames = RULES.map((rule) => rule.name);

/** Record the page, with the rules of a site and perhaps without one of ours. */
export async function share(
  sink: string,
  rules: Partial<SiteRules>,
  without?: string,
): Promise<void> {
  const { startRecorder } = await import('@/cobrowse/page/recorder.ts');
  const applied = RULES.filter((rule) => rule.name !== without);
  const masker = createMasker({ ...nothing, ...rules }, applied);
  const socket = new WebSocket(sink);
  socket.binaryType = 'arraybuffer';
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  const counted: Masked[] = [];
  const troubles: Trouble[] = [];
  const recorder = startRecorder({
    masker,
    epoch: 0,
    send: (data) => socket.send(data),
    counted: (masked) => counted.push(masked),
    trouble: (why) => troubles.push(why),
  });
  const settled = async () => {
    await new Promise((resolve) => setTimeout(resolve, 300)); // batches, timers of rrweb, gzip
    await new Promise((resolve) => {
      socket.onmessage = resolve;
      socket.send('settled?');
    });
  };
  window.sharing = { recorder, masker, counted, troubles, settled };
}
