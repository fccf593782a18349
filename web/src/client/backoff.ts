/**
 * How long to wait before coming again (docs/protocol.md, "Heartbeat, backpressure, leaving"):
 * full jitter between 0.5 and 5 s, then exponential to 30 s, so that a server which
 * restarts is not met by everybody at once. A call cannot wait that long.
 */
const FIRST = 0.5;
const SPREAD = 5;
const CEILING = 30;
const CALL_CEILING = 1.5;

/** Return seconds to wait before attempt `n` (0 is the first). `random` is in [0, 1). */
export function reconnectDelay(n: number, random: number, inCall: boolean): number {
  const ceiling = inCall ? CALL_CEILING : Math.min(CEILING, SPREAD * 2 ** Math.min(n, 10));
  const floor = inCall ? 0.2 : FIRST;
  return floor + random * (ceiling - floor);
}
