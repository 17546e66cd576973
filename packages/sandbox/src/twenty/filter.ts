import { notImitated } from './refusal.ts';

/** A condition over people, read from `and(a[eq]:1,or(b[is]:NULL,c.d[in]:[x,y]))`. */
export interface Filter {
  readonly matches: (person: unknown) => boolean;
  /** It speaks of `deletedAt`: only then does Twenty show people who were softly deleted. */
  readonly seesDeleted: boolean;
}

/** What a stored value, `''` for none, has to be for each operator that has been observed. */
const OPERATORS: Readonly<Record<string, (wanted: readonly string[]) => (stored: string) => boolean>> = {
  eq:
    ([wanted]) =>
    (stored) =>
      stored !== '' && stored === wanted,
  in: (wanted) => (stored) => stored !== '' && wanted.includes(stored),
  is([wanted]) {
    if (wanted === 'NULL') return (stored) => stored === '';
    if (wanted === 'NOT_NULL') return (stored) => stored !== '';
    throw notImitated('other uses of is than NULL and NOT_NULL');
  },
  gte([wanted = '']) {
    const start = Date.parse(wanted);
    return (stored) => Date.parse(stored) >= start;
  },
};

/**
 * Reads the text once, from left to right.
 *
 * @throws {Refusal} 501 for everything that nobody has observed, mistakes included
 */
export function parseFilter(text: string): Filter {
  let at = 0;
  const skip = (sticky: RegExp): string | null => {
    sticky.lastIndex = at;
    const found = sticky.exec(text)?.[0] ?? null;
    at += found?.length ?? 0;
    return found;
  };
  const read = (sticky: RegExp): string => {
    const found = skip(sticky);
    if (found === null) throw notImitated(`a filter that has this at character ${at + 1}`);
    return found;
  };
  function upTo<T>(end: RegExp, item: () => T): readonly T[] {
    const items = [item()];
    while (skip(/,/y) !== null) items.push(item());
    read(end);
    return items;
  }
  const value = (): string => skip(/"[^"]*"/y)?.slice(1, -1) ?? read(/[^",()[\]]+/y);

  function test(): Filter {
    const path = read(/\w+(\.\w+)*/y).split('.');
    const name = read(/\[\w+\]:/y).slice(1, -2);
    const operator = OPERATORS[name];
    if (operator === undefined) throw notImitated(`the filter operator ${name}`);
    const fits = operator(skip(/\[/y) === null ? [value()] : upTo(/\]/y, value));
    return { matches: (person) => fits(storedAt(person, path)), seesDeleted: path[0] === 'deletedAt' };
  }

  function condition(): Filter {
    const group = skip(/(and|or)\(/y);
    if (group === null) return test();
    const all = upTo(/\)/y, condition);
    return {
      matches: (person) => (group === 'or(' ? all.some(holds(person)) : all.every(holds(person))),
      seesDeleted: all.some(({ seesDeleted }) => seesDeleted),
    };
  }

  const whole = condition();
  read(/$/y);
  return whole;
}

const holds =
  (person: unknown) =>
  ({ matches }: Filter): boolean =>
    matches(person);

function storedAt(person: unknown, path: readonly string[]): string {
  let stored = person;
  for (const key of path) stored = Reflect.get(Object(stored), key);
  return String(stored ?? '');
}
