/** Prometheus' text format 0.0.4, read strictly: whatever it does not allow throws. */

export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Exposition {
  readonly types: ReadonlyMap<string, string>;
  readonly series: readonly Series[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const PAIR = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/;
const VALUE = /^(?:[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[+-]Inf|NaN|Nan)$/;
const LINE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`);
const PARTS: Readonly<Record<string, readonly string[]>> = { histogram: ['_bucket', '_sum', '_count'] };

export function parseExposition(text: string): Exposition {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const types = new Map<string, string>();
  const helped = new Set<string>();
  const series: Series[] = [];
  const seen = new Set<string>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const help = new RegExp(`^# HELP (${NAME}) (.+)$`).exec(line);
    const type = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram|summary|untyped)$`).exec(line);
    if (help?.[1] !== undefined) once(helped, help[1]);
    else if (type?.[1] !== undefined && type[2] !== undefined) {
      if (types.has(type[1])) throw new Error(`two types of ${type[1]}`);
      types.set(type[1], type[2]);
    } else {
      const one = seriesOf(line);
      once(seen, JSON.stringify([one.name, Object.entries(one.labels).sort()]));
      familyOf(one.name, types);
      series.push(one);
    }
  }
  for (const name of types.keys()) if (!helped.has(name)) throw new Error(`no help for ${name}`);
  return { types, series };
}

function once(seen: Set<string>, what: string): void {
  if (seen.has(what)) throw new Error(`told twice: ${what}`);
  seen.add(what);
}

function seriesOf(line: string): Series {
  const [, name, list = '', value] = LINE.exec(line) ?? [];
  if (name === undefined || value === undefined || !VALUE.test(value)) throw new Error(`no series: ${line}`);
  const labels: Record<string, string> = {};
  for (let rest = list; rest !== ''; ) {
    const [pair, label, text, comma] = PAIR.exec(rest) ?? [];
    if (pair === undefined || label === undefined || text === undefined || Object.hasOwn(labels, label))
      throw new Error(`no labels: ${line}`);
    labels[label] = text.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));
    rest = rest.slice(pair.length);
    if (comma === ',' && rest === '') throw new Error(`a label is missing: ${line}`);
  }
  return { name, labels, value: Number(value.replace('Inf', 'Infinity')) };
}

/** The name that the type is given of. */
export function familyOf(name: string, types: ReadonlyMap<string, string>): string {
  if (types.has(name)) return name;
  for (const [kind, suffixes] of Object.entries(PARTS))
    for (const suffix of suffixes) {
      const family = name.slice(0, -suffix.length);
      if (name.endsWith(suffix) && types.get(family) === kind) return family;
    }
  throw new Error(`no type for ${name}`);
}
