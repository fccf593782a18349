/** The time and the timers that the client uses; tests give their own, so that none waits. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Call `fn` once after `ms`; the result cancels. */
  after(ms: number, fn: () => void): () => void;
  /** A number in [0, 1). */
  random(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, fn) {
    const timer = setTimeout(fn, ms);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};
