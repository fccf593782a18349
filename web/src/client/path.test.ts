import { describe, expect, it } from 'vitest';
import type { Source } from './negotiation.ts';
import { DirectPath, type Note } from './path.ts';

const BOTH: readonly Source[] = ['audio', 'camera'];
const says = (note: Partial<Note> = {}): Note => ({
  sends: BOTH,
  plays: false,
  leaves: false,
  ...note,
});

function open(): DirectPath {
  const path = new DirectPath(0);
  path.opened(100);
  path.told(says(), 150);
  return path;
}

function direct(): DirectPath {
  const path = open();
  path.flows(new Set(BOTH), 200);
  path.told(says({ plays: true }), 250);
  return path;
}

describe('the way there', () => {
  it('sends both ways until each end plays what the other sends', () => {
    const path = open();
    path.flows(new Set(BOTH), 200);
    expect([path.stage, path.plays, path.viaServer]).toEqual(['trying', true, true]);
    path.told(says({ plays: true }), 250);
    expect([path.stage, path.viaServer]).toEqual(['direct', false]);
  });

  it('says that it plays only when the page has had time to begin', () => {
    const path = open();
    path.flows(new Set(BOTH), 200);
    expect(path.note(BOTH, 1_199)).toEqual({ sends: BOTH, plays: false, leaves: false });
    path.flows(new Set(BOTH), 1_000);
    expect(path.note(BOTH, 1_200)).toEqual({ sends: BOTH, plays: true, leaves: false });
  });

  it('plays nothing before everything that the other sends flows', () => {
    const path = open();
    path.flows(new Set<Source>(['audio']), 200);
    expect(path.plays).toBe(false);
    path.told(says({ plays: true }), 210);
    expect(path.stage).toBe('trying');
    path.flows(new Set(BOTH), 300);
    expect(path.stage).toBe('direct');
  });

  it('plays nothing before the other has said what it sends', () => {
    const path = new DirectPath(0);
    path.opened(100);
    path.flows(new Set(BOTH), 200);
    expect(path.plays).toBe(false);
  });

  it('goes direct with somebody who sends nothing', () => {
    const path = open();
    path.told(says({ sends: [], plays: true }), 200);
    path.flows(new Set(), 210);
    expect(path.stage).toBe('direct');
  });

  it('goes on as it is when no path is found in 3 s', () => {
    const path = new DirectPath(0);
    path.agreed(500);
    path.agreed(900); // candidates that come later
    path.tick(3_499);
    expect(path.stage).toBe('trying');
    path.tick(3_500);
    expect([path.stage, path.viaServer]).toEqual(['over', true]);
  });

  it('waits 5 s for what the other says of itself', () => {
    const path = new DirectPath(0);
    path.tick(4_999);
    expect(path.stage).toBe('trying');
    path.tick(5_000);
    expect(path.stage).toBe('over');
  });

  it('gives a path up on which the other plays nothing', () => {
    const path = open();
    path.flows(new Set(BOTH), 200);
    for (let at = 250; at < 5_100; at += 250) path.told(says(), at);
    path.tick(5_099);
    expect(path.stage).toBe('trying');
    path.tick(5_100);
    expect(path.stage).toBe('returning');
  });

  it('does not turn back for a signal that comes late', () => {
    const path = new DirectPath(0);
    path.tick(5_000);
    path.agreed(5_001);
    path.opened(5_001);
    path.told(says({ plays: true }), 5_002);
    path.flows(new Set(BOTH), 5_003);
    expect([path.stage, path.plays]).toEqual(['over', false]);
  });
});

describe('the way back', () => {
  it('sends through the server at once, and plays directly until that has come', () => {
    const path = direct();
    path.leave(1_000);
    expect([path.stage, path.viaServer, path.plays]).toEqual(['returning', true, true]);
    expect(path.note(BOTH, 1_000).leaves).toBe(true);
    path.arrived(1_200);
    path.arrived(1_300);
    expect([path.stage, path.plays]).toEqual(['returning', false]);
    expect([path.note(BOTH, 2_199).plays, path.note(BOTH, 2_200).plays]).toEqual([true, false]);
  });

  it('keeps what has just begun to be played', () => {
    const path = open();
    path.flows(new Set(BOTH), 200);
    path.leave(300);
    expect(path.note(BOTH, 300)).toEqual({ sends: BOTH, plays: true, leaves: true });
  });

  it('stays open for the other, who may still play what we send on it', () => {
    const path = direct();
    path.leave(1_000);
    path.arrived(1_100);
    path.told(says({ plays: true, leaves: true }), 1_150);
    expect(path.stage).toBe('returning');
    path.told(says({ leaves: true }), 1_200);
    path.tick(2_099);
    expect(path.stage).toBe('returning');
    path.tick(2_100);
    expect(path.stage).toBe('over');
  });

  it('is begun by what the other says', () => {
    const path = direct();
    path.told(says({ plays: true, leaves: true }), 1_000);
    expect([path.stage, path.viaServer]).toEqual(['returning', true]);
  });

  it('begins when the path is silent for more than 2 s', () => {
    const path = direct();
    path.tick(2_250);
    expect(path.stage).toBe('direct');
    path.tick(2_251);
    expect(path.stage).toBe('returning');
  });

  it('waits for nobody when the path is closed', () => {
    const path = direct();
    path.lost(1_000);
    expect(path.stage).toBe('returning');
    path.arrived(1_100);
    path.tick(2_100);
    expect(path.stage).toBe('over');
  });

  it('takes 4 s at most', () => {
    const path = direct();
    path.leave(1_000);
    path.tick(4_999);
    expect([path.stage, path.plays]).toEqual(['returning', true]);
    path.tick(5_000);
    expect([path.stage, path.plays]).toEqual(['over', false]);
  });
});
