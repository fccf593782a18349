import { expect, test } from 'vitest';
import { Recovery, type Remedy } from './recovery.ts';

/** Lets time pass to `until`, and tells what was done and when. */
function run(recovery: Recovery, until: number): [number, Remedy][] {
  const done: [number, Remedy][] = [];
  for (;;) {
    const { deadline } = recovery;
    if (deadline === null || deadline > until) return done;
    const remedy = recovery.next(deadline);
    if (remedy) done.push([deadline, remedy]);
  }
}

function connected(): Recovery {
  const recovery = new Recovery(0);
  recovery.peerChanged('connected', 100);
  return recovery;
}

test('a connection that is up wants nothing', () => {
  expect(connected().deadline).toBeNull();
  expect(run(connected(), 60_000)).toEqual([]);
});

test('a connection that never comes up is built anew, with growing pauses', () => {
  const times = run(new Recovery(0), 60_000).map(([at, remedy]) => {
    expect(remedy).toBe('rebuild');
    return at;
  });
  const pauses = times.slice(1).map((at, i) => at - (times[i] ?? 0));
  expect(times[0]).toBe(8_000);
  expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
});

test('a path that comes back within two seconds is left alone', () => {
  const recovery = connected();
  recovery.peerChanged('disconnected', 1_000);
  expect(run(recovery, 2_999)).toEqual([]);
  recovery.peerChanged('connected', 2_999);
  expect(run(recovery, 60_000)).toEqual([]);
});

test('two restarts are tried before the connection is built anew', () => {
  const recovery = connected();
  recovery.peerChanged('disconnected', 1_000);
  expect(run(recovery, 12_000)).toEqual([
    [3_000, 'restart'],
    [7_000, 'restart'],
    [11_000, 'rebuild'],
  ]);
});

test('a connection that failed is restarted at once', () => {
  const recovery = connected();
  recovery.peerChanged('failed', 5_000);
  expect(run(recovery, 5_000)).toEqual([[5_000, 'restart']]);
});

test('nothing is tried while the wire is down, and everything at once when it is back', () => {
  const recovery = connected();
  recovery.wireChanged(false, 900);
  recovery.peerChanged('disconnected', 1_000);
  expect(recovery.deadline).toBeNull();
  recovery.wireChanged(true, 11_000);
  expect(run(recovery, 11_000)).toEqual([[11_000, 'restart']]);
});

test('a wire that comes back under a healthy connection disturbs nothing', () => {
  const recovery = connected();
  recovery.wireChanged(false, 1_000);
  recovery.wireChanged(true, 2_000);
  expect(recovery.deadline).toBeNull();
});

test('a changed network hurries the mending, but mends nothing that works', () => {
  const healthy = connected();
  healthy.hurry(1_000);
  expect(healthy.deadline).toBeNull();
  const broken = connected();
  broken.peerChanged('disconnected', 1_000);
  broken.hurry(1_200);
  expect(broken.deadline).toBe(1_200);
});

test('a success forgets the failures before it', () => {
  const recovery = connected();
  recovery.peerChanged('disconnected', 0);
  run(recovery, 11_000);
  recovery.peerChanged('connected', 12_000);
  recovery.peerChanged('disconnected', 20_000);
  expect(run(recovery, 22_000)).toEqual([[22_000, 'restart']]);
});

test('an offer that failed under a healthy connection is only made again', () => {
  const recovery = connected();
  recovery.offerFailed(1_000);
  expect(run(recovery, 60_000)).toEqual([[3_000, 'offer']]);
});
