/** What a report on a call says, as lines of a table. Pure. */
import type { Figures, Flow, Person } from '@/client/protocol.gen';
import type { Lang } from '@/i18n';
import type { Reason, ReportStrings, Word } from './strings';

/** What the media server saw: means, per cent, ms and kbit/s; `scores`: looks of 1 to 5. */
export interface Watched {
  looks: number;
  loss_up: number;
  loss_down: number;
  jitter: number;
  rtt: number | null;
  up: number;
  down: number;
  scores: readonly number[];
}

export interface Part {
  person: string;
  role: Person['role'];
  verdict: { word: Word; reasons: readonly Reason[] };
  told?: Figures | null;
  watched?: Watched | null;
}

/** GET /agent/conversations/{id}/calls/{call}/figures */
export interface CallReport {
  call: string;
  parts: readonly Part[];
}

export type Line = { key: string; label: string; cells: readonly string[] };

const UNKNOWN = '–';

/** The lines that say something of anybody, one cell a person. */
export function linesOf(parts: readonly Part[], t: ReportStrings, lang: Lang): Line[] {
  const say = numbers(lang);
  const line = (key: keyof ReportStrings['rows'], of: (part: Part) => string | null): Line => ({
    key,
    label: t.rows[key],
    cells: parts.map((part) => of(part) ?? UNKNOWN),
  });
  const lines = [
    line('gaps', ({ told }) => (told?.sound_in ? say.percent((told.concealed ?? 0) / 10) : null)),
    line('freezes', ({ told }) => (told?.picture_in ? frozen(told, t, say) : null)),
    line('trip', ({ told, watched }) => some(told?.rtt ?? watched?.rtt, say.ms)),
    line('loss', ({ told, watched }) => loss(told, watched, say)),
    line('rate', ({ told, watched }) => rate(told, watched, say)),
    line('score', ({ watched }) => (watched ? score(watched.scores, say) : null)),
    line('setup', ({ told }) => some(told?.setup, (ms) => say.seconds(ms / 1000))),
    line('path', ({ told }) => (told?.path ? (t.paths[told.path] ?? told.path) : null)),
    line('codec', ({ told }) => (told ? codecs(told) : null)),
    line('paused', ({ told }) =>
      told?.fallbacks ? `${t.times(told.fallbacks)}, ${say.seconds(told.paused ?? 0)}` : null,
    ),
  ];
  return lines.filter(({ cells }) => cells.some((cell) => cell !== UNKNOWN));
}

export function reasonsOf({ verdict }: Part, t: ReportStrings): string {
  return verdict.reasons.map((reason) => t.reasons[reason] ?? reason).join(', ');
}

type Say = ReturnType<typeof numbers>;

function numbers(lang: Lang) {
  const unit = (options: Intl.NumberFormatOptions) => {
    const format = new Intl.NumberFormat(lang, { maximumFractionDigits: 1, ...options });
    return (value: number) => format.format(value);
  };
  return {
    plain: unit({}),
    percent: (value: number) => `${unit({})(value)} %`,
    ms: (value: number) => `${Math.round(value)} ms`,
    seconds: (value: number) => `${unit({})(value)} s`,
    kbps: (value: number) => unit({ maximumFractionDigits: 0 })(value),
  };
}

function some<T>(value: T | null | undefined, say: (value: T) => string): string | null {
  return value === null || value === undefined ? null : say(value);
}

function frozen(told: Figures, t: ReportStrings, say: Say): string {
  if (!told.freezes) return say.seconds(0);
  return `${t.times(told.freezes)}, ${say.seconds((told.frozen ?? 0) / 1000)}`;
}

/** The server's view where it has one: it counts each leg of the way by itself. */
function loss(told: Figures | null | undefined, watched: Watched | null | undefined, say: Say) {
  if (watched) return `${say.percent(watched.loss_up)} / ${say.percent(watched.loss_down)}`;
  if (!told) return null;
  return `${say.percent(lost(told.sound_out))} / ${say.percent(lost(told.sound_in))}`;
}

function lost(flow: Flow | null | undefined): number {
  const { packets = 0, lost: gone = 0 } = flow ?? {};
  return packets + gone ? (100 * gone) / (packets + gone) : 0;
}

function rate(told: Figures | null | undefined, watched: Watched | null | undefined, say: Say) {
  const total = (...flows: (Flow | null | undefined)[]) =>
    flows.reduce((sum, flow) => sum + (flow?.kbps ?? 0), 0);
  const up = told ? total(told.sound_out, told.picture_out) : watched?.up;
  const down = told ? total(told.sound_in, told.picture_in) : watched?.down;
  return up === undefined || down === undefined
    ? null
    : `${say.kbps(up)} / ${say.kbps(down)} kbit/s`;
}

function codecs(told: Figures): string | null {
  const flows = [told.sound_out, told.sound_in, told.picture_out, told.picture_in];
  const names = new Set(flows.flatMap((flow) => flow?.codec || []));
  return names.size > 0 ? [...names].join(', ') : null;
}

function score(scores: readonly number[], say: Say): string | null {
  const looks = scores.reduce((sum, count) => sum + count, 0);
  if (looks === 0) return null;
  const mean = scores.reduce((sum, count, i) => sum + count * (i + 1), 0) / looks;
  return `${say.plain(mean)} / 5`;
}
