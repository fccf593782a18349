/**
 * Folds histories from standard input with the browser's reducer; writes each end state.
 * Visitors' pages have only the part of it for what they see.
 */
import { readFileSync } from 'node:fs';
import { applyEvent, applySeen } from '../../web/src/client/reduce.ts';

const cases = JSON.parse(readFileSync(0, 'utf8'));
const ends = cases.map(({ audience, state, events }) => {
  const fold = audience === 'visitor' ? applySeen : applyEvent; // as their pages do
  return events.reduce((before, event) => fold(before, event, audience), state);
});
process.stdout.write(JSON.stringify(ends));
