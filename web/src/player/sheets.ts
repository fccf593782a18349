/** Cleans changes of style sheets and of styles. Pure. */
import { cleanDeclarations, cleanSheet } from './css.ts';
import { type Change, type Properties, type Rule, Source } from './events.ts';
import { list, only, position, type Raw, record, whole } from './raw.ts';

const MAX_RULES = 20_000; // of one change

/** The sheet that is changed: of a node that is known, or one by itself. */
export interface Target {
  id?: number;
  styleId?: number;
}

/** Returns a change of `target`, clean, or null when it changes nothing. */
export function cleanStyles(
  source: 8 | 13 | 15,
  data: Raw,
  target: Target,
  images: string,
): Change | null {
  if (target.id === undefined && (target.styleId === undefined || source === Source.Adopted)) {
    return null;
  }
  const sheet = (text: unknown) =>
    typeof text === 'string' ? { text: cleanSheet(text, images) } : null;
  switch (source) {
    case Source.Rule:
      return {
        source,
        ...target,
        adds: rulesOf(data.adds, images),
        removes: list(data.removes).flatMap((item) => {
          const index = position(record(item)?.index);
          return index === undefined ? [] : [{ index }];
        }),
        ...only('replace', sheet(data.replace)?.text),
        ...only('replaceSync', sheet(data.replaceSync)?.text),
      };
    case Source.Declaration: {
      const index = position(data.index);
      const set = record(data.set);
      const { property: gone } = record(data.remove) ?? {};
      if (!Array.isArray(index)) {
        return null;
      }
      const { property, value, priority } = set ?? {};
      const named = typeof property === 'string' && typeof value === 'string';
      return {
        source,
        ...target,
        index,
        ...only(
          'set',
          named
            ? {
                property,
                value: cleanDeclarations(value, images),
                priority: priority === 'important' ? 'important' : '',
              }
            : undefined,
        ),
        ...only('remove', typeof gone === 'string' ? { property: gone } : undefined),
      };
    }
    case Source.Adopted:
      return {
        source,
        id: target.id as number,
        styleIds: list(data.styleIds).filter(whole).slice(0, 1_000),
        styles: list(data.styles).flatMap((item) => {
          const { styleId: of, rules } = record(item) ?? {};
          return whole(of) ? [{ styleId: of, rules: rulesOf(rules, images) }] : [];
        }),
      };
  }
}

function rulesOf(raw: unknown, images: string): Rule[] {
  return list(raw)
    .slice(0, MAX_RULES)
    .flatMap((item) => {
      const { rule, index } = record(item) ?? {};
      return typeof rule === 'string'
        ? [{ rule: cleanSheet(rule, images), ...only('index', position(index)) }]
        : [];
    });
}

/** Returns what a `style` attribute sets and takes away, property by property. */
export function cleanProperties(raw: Raw, images: string): Properties {
  const clean: Properties = {};
  for (const [property, value] of Object.entries(raw)) {
    if (!/^-{0,2}[a-z][\w-]{0,100}$/i.test(property)) {
      continue;
    }
    if (value === false) {
      clean[property] = false;
    } else if (typeof value === 'string') {
      clean[property] = cleanDeclarations(value, images);
    } else if (Array.isArray(value) && typeof value[0] === 'string') {
      const priority = value[1] === 'important' ? 'important' : '';
      clean[property] = [cleanDeclarations(value[0], images), priority];
    }
  }
  return clean;
}
