/** Folds histories from standard input with the browser's reducer; writes each end state. */
import { readFileSync } from 'node:fs';
import { applyEvent } from '../../web/src/client/reduce.ts';

const cases = JSON.parse(readFileSync(0, 'utf8'));
const ends = cases.map(({ audience, state, events }) =>
  events.reduce((before, event) => applyEvent(before, event, audience), state),
);
process.stdout.write(JSON.stringify(ends));
