/**
 * A person's part in the call of one conversation; knows no DOM.
 *
 * ```
 *            prepare            start / join          the other came, media flows
 *   idle ───────────► preparing ───────────► ringing / connecting ───────────► live ⇄ reconnecting
 *    │ call_started                                                             │ hang up, call_ended
 *    └────► incoming ──prepare──► …                                   ended ◄───┘
 * ```
 *
 * The call itself (who is in it, what they send) is in the conversation's state; this client adds
 * what only this tab knows: its devices (`capture.ts`) and whether it is this tab that takes part
 * (`attendance.ts`). It is the face that a user interface or an SDK uses.
 */
import { batch, computed, type ReadonlySignal } from '@preact/signals-core';
import { Attendance } from './attendance.ts';
import type { RefusalCode } from './callcommands.ts';
import type { Media } from './callmemory.ts';
import type { Asked, Ended } from './callnews.ts';
import type { CallOptions, Checkup, Intent } from './calloptions.ts';
import type { Capture, Trouble } from './capture.ts';
import { type CallPhase, endsWithUs, isOnHold, maySend, othersIn, phaseOf } from './membership.ts';
import type { Remote } from './peer.ts';
import type { CallState, Person } from './protocol.gen.ts';
import { CallRecording } from './recording.ts';

export type { Asked, CallOptions, CallPhase, Ended, Intent, Media };

export class CallClient {
  readonly capture: Capture;
  /** The way to the call doctor; null where the host has none. */
  readonly checkup: Checkup | null;
  readonly #o: CallOptions;
  readonly #attendance: Attendance;

  /** The call that is on in the conversation, whoever is in it. */
  readonly call: ReadonlySignal<CallState | null> = computed(
    () => this.#o.thread.state.value?.call ?? null,
  );
  readonly me: ReadonlySignal<Person | null> = computed(() => this.#o.connection.you.value);
  readonly phase: ReadonlySignal<CallPhase> = computed(() =>
    phaseOf({
      part: this.#attendance.part.value,
      link: this.#attendance.link.state.value,
      call: this.call.value,
      me: this.me.value,
      declined: this.#attendance.declined.value,
      preparing: this.#attendance.intent.value !== null,
      ended: this.#attendance.news.ended.value !== null,
    }),
  );
  /** Whether this side's own connection with the media server is up. */
  readonly connected: ReadonlySignal<boolean> = computed(
    () => this.#attendance.link.state.value === 'up',
  );
  /** Whether media go straight to the other browser now, past the media server. */
  readonly direct: ReadonlySignal<boolean> = computed(
    () => this.#attendance.link.observed.value !== null,
  );
  /** Whether this tab takes part. */
  readonly joined: ReadonlySignal<boolean> = computed(() => this.#attendance.part.value !== 'out');
  readonly remotes: ReadonlySignal<readonly Remote[]> = computed(
    () => this.#attendance.link.remotes.value,
  );
  /** What is prepared for, in phase `preparing`. */
  readonly intent: ReadonlySignal<Intent | null> = computed(() => this.#attendance.intent.value);
  /** How the last call ended, until it is dismissed. */
  readonly ended: ReadonlySignal<Ended | null> = computed(() => this.#attendance.news.ended.value);
  readonly asked: ReadonlySignal<Asked | null> = computed(() => this.#attendance.news.asked.value);
  /** Ids of those who speak now. */
  readonly speaking: ReadonlySignal<ReadonlySet<string>> = computed(
    () => this.#attendance.news.speaking.value,
  );
  /** Person id -> 1 (unusable) .. 5 (excellent). */
  readonly quality: ReadonlySignal<Readonly<Record<string, number>>> = computed(
    () => this.#attendance.news.quality.value,
  );
  /** Why the last command was refused; stays until the next one. */
  readonly refusal: ReadonlySignal<RefusalCode | null> = computed(
    () => this.#attendance.commands.refusal.value,
  );
  readonly trouble: ReadonlySignal<Trouble | null> = computed(() => this.capture.trouble.value);
  /** Microphone open and not muted. */
  readonly micOn = computed(() => this.#attendance.outgoing.media.value.includes('audio'));
  readonly cameraOn = computed(() => this.#attendance.outgoing.media.value.includes('video'));
  /** Our camera is open, and its picture is not sent: the connection is too weak. */
  readonly cameraPaused = computed(() => this.#attendance.outgoing.camera.value !== 'sending');
  readonly screenOn = computed(() => this.#attendance.outgoing.media.value.includes('screen'));
  /** False for an expert whose link does not let them speak, and for who only listens. */
  readonly maySend = computed(() => maySend(this.#o.thread.state.value, this.me.value));
  /** The members but us. */
  readonly others = computed(() => othersIn(this.call.value, this.me.value));
  /** The others consult privately: they are in the call, and nothing of them can be received. */
  readonly onHold = computed(() => {
    const received = this.#attendance.news.publications(this.#attendance.id.value)?.length ?? null;
    return this.connected.value && isOnHold(this.others.value, this.me.value, received);
  });

  /** Whether it is recorded, and what we say to that. */
  readonly recording: CallRecording;

  constructor(options: CallOptions) {
    this.#o = options;
    this.capture = options.capture;
    this.checkup = options.checkup ?? null;
    this.#attendance = new Attendance(options);
    this.recording = new CallRecording(options.thread.state, this.me, (draft) =>
      this.#attendance.commands.other(draft),
    );
  }

  /** Begins with a look at the devices; `start` or `join` goes on. */
  prepare(intent: Intent): void {
    this.#attendance.prepare(intent);
  }

  /**
   * Goes on from `prepare` with what can be sent. Must be called from a click when a screen is
   * shared; that question comes first, because the click does not count for long.
   */
  async proceed(media: readonly Media[]): Promise<void> {
    const intent = this.#attendance.intent.value;
    if (!intent) return;
    const sent = media.filter((item) => item !== 'screen' || this.maySend.value);
    const screen = sent.includes('screen') && (await this.capture.openScreen());
    const rest = sent.filter((item) => item !== 'screen' || screen);
    if (intent.action === 'start') await this.start(rest, intent.private);
    else await this.join(rest);
  }

  /** Goes back from `prepare`. */
  cancel(): void {
    this.#attendance.cancel();
  }

  /** Offers a call to the others, and is in it. */
  start(media: readonly Media[], isPrivate = false): Promise<void> {
    const { commands } = this.#attendance;
    return this.#attendance.enter(media, (sent) => commands.start(sent, isPrivate));
  }

  /** Consents to the call that is on. */
  join(media: readonly Media[]): Promise<void> {
    return this.#attendance.join(media);
  }

  /** Takes the call over from another tab or window of ours. */
  takeOver(media: readonly Media[]): Promise<void> {
    this.#o.tabs?.postMessage({ taken: this.call.value?.id });
    return this.join(media);
  }

  /** Lets another window go on with the call: everything here closes, and nobody is told. */
  detach(): void {
    this.#attendance.release();
  }

  dismissAsked(): void {
    this.#attendance.news.asked.value = null;
  }

  dismissEnded(): void {
    this.#attendance.news.ended.value = null;
  }

  dismissRefusal(): void {
    this.#attendance.commands.refusal.value = null;
  }

  async decline(): Promise<void> {
    const call = this.call.value?.id;
    if (!call) return;
    batch(() => {
      this.#attendance.declined.value = call;
      this.#attendance.cancel();
    });
    await this.#attendance.commands.say('call.decline', call);
  }

  /** Leaves, or ends the call when that would leave somebody alone in it. */
  async hangUp(): Promise<void> {
    const ends = endsWithUs(this.#o.thread.state.value, this.me.value);
    await this.#attendance.quit(ends ? 'call.end' : 'call.leave');
  }

  endForAll(): Promise<void> {
    return this.#attendance.quit('call.end');
  }

  /** Lets a private call ring at the visitor. */
  async openToVisitor(): Promise<void> {
    const call = this.call.value?.id;
    if (call) await this.#attendance.commands.say('call.open', call);
  }

  /** Asks the other side to turn something on. */
  async ask(media: Media): Promise<void> {
    const call = this.call.value?.id;
    if (call) await this.#attendance.commands.ask(call, media);
  }

  async setMic(on: boolean): Promise<void> {
    this.#attendance.outgoing.mic.value = on;
    if (on) await this.capture.open(['audio']);
  }

  async setCamera(on: boolean): Promise<void> {
    if (on) {
      this.#attendance.care.insist();
      await this.capture.open(['video']);
    } else {
      this.capture.close('camera');
      this.#attendance.care.insist(); // off by their own wish: there is nothing to bring back
    }
  }

  /** Must be called from a click: the browser asks which window to share. */
  async setScreen(on: boolean): Promise<void> {
    if (on) await this.capture.openScreen();
    else this.capture.closeScreen();
  }

  /** The browser came online, changed its network, or woke. */
  wake(): void {
    this.#attendance.link.hurry();
  }

  /** The connection's figures; null when there is none. */
  stats(): Promise<RTCStatsReport> | null {
    return this.#attendance.link.stats();
  }

  /** Lets go of everything, for a page that goes away; the place in the call stays. */
  dispose(): void {
    this.#attendance.dispose();
  }
}
