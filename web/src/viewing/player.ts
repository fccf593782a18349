/**
 * Reads what the player says. It is our own page, but it draws what a stranger's page sent, so
 * it is believed no more than the wire is: whatever is not of the agreed shape is dropped. Pure.
 */
import type { FromPlayer } from '@/player/port.ts';

type Fields = Record<string, unknown>;

const OPERATIONS = new Set<unknown>(['scroll', 'click', 'fill']);
const MAX_POINTS = 200; // of one `stroke` (signaling/cobrowse/frames.py)
const MAX_VALUE = 4000; // characters of a `fill`
const MAX_ID = 64;

const finite = (value: unknown): value is number => Number.isFinite(value);
const count = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 0;
const text = (value: unknown, longest: number): value is string =>
  typeof value === 'string' && value.length <= longest;

/** Return the message with its own fields only, or null. */
export function readPlayer(data: unknown): FromPlayer | null {
  if (typeof data !== 'object' || data === null) return null;
  const said = data as Fields;
  switch (said.t) {
    case 'shown':
      return count(said.epoch) && count(said.seq)
        ? { t: 'shown', epoch: said.epoch, seq: said.seq }
        : null;
    case 'resync':
      return { t: 'resync' };
    case 'tool':
      return { t: 'tool', tool: 'none' };
    case 'clear':
      return { t: 'clear' };
    case 'size':
      return finite(said.width) && finite(said.height) && finite(said.scale)
        ? { t: 'size', width: said.width, height: said.height, scale: said.scale }
        : null;
    case 'follow':
      return { t: 'follow', on: said.on === true };
    case 'pointer':
      return finite(said.x) && finite(said.y)
        ? { t: 'pointer', x: said.x, y: said.y }
        : { t: 'pointer', x: null, y: null };
    case 'highlight':
      return { t: 'highlight', node: count(said.node) ? said.node : null };
    case 'stroke':
      return readStroke(said);
    case 'operate':
      return readOperate(said);
    default:
      return null;
  }
}

function readStroke({ stroke, points, end }: Fields): FromPlayer | null {
  if (!text(stroke, MAX_ID) || !Array.isArray(points) || points.length > MAX_POINTS) return null;
  const pairs = points.every(
    (point): point is [number, number] =>
      Array.isArray(point) && point.length === 2 && point.every(finite),
  );
  if (!pairs) return null;
  return { t: 'stroke', stroke, points, ...(end === true ? { end } : {}) };
}

function readOperate({ epoch, op, node, fx, fy, dx, dy, value }: Fields): FromPlayer | null {
  if (!OPERATIONS.has(op) || !count(epoch) || !count(node)) return null;
  if (!finite(fx) || !finite(fy)) return null;
  return {
    t: 'operate',
    epoch,
    op: op as 'scroll' | 'click' | 'fill',
    node,
    fx,
    fy,
    ...(finite(dx) ? { dx } : {}),
    ...(finite(dy) ? { dy } : {}),
    ...(text(value, MAX_VALUE) ? { value } : {}),
  };
}
