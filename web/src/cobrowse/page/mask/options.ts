/** rrweb's own options, put together from those that the rules bring along. */
import type { Engine } from './engine.ts';
import { isField } from './fields.ts';
import type { RecordOptions, Rule } from './rule.ts';

/** Every kind of field, so that rrweb asks for each value instead of reading it out. */
const ALL_INPUTS = Object.fromEntries(
  `input textarea select text password email tel number search url date datetime-local month week
  time color range`
    .split(/\s+/)
    .map((kind) => [kind, true]),
);

/** Return the options for `record`, all but what to do with the events. */
export function recordOptions(rules: readonly Rule[], engine: Engine): RecordOptions {
  const merged: RecordOptions = {};
  const blocked: string[] = [];
  for (const rule of rules) {
    const { blockSelector, slimDOMOptions, ...options } = rule.options ?? {};
    Object.assign(merged, options);
    if (blockSelector) blocked.push(blockSelector);
    if (typeof slimDOMOptions === 'object') {
      merged.slimDOMOptions = { ...(merged.slimDOMOptions as object), ...slimDOMOptions };
    }
  }
  if (blocked.length) merged.blockSelector = blocked.join(',');
  return {
    ...merged,
    // rrweb may call it for what it judges to be a value; which of them are shown is a rule's matter.
    maskInputOptions: ALL_INPUTS,
    maskInputFn(value, element) {
      if (!isField(element)) return value;
      engine.begin();
      engine.fields.note(element);
      return engine.value(element, value, engine.placeOf(element));
    },
  };
}
