import type { Json } from './json.ts';
import type { Problem, ProblemCode } from './problem.ts';

const MAX_DEPTH = 32;

export interface ReadingBounds {
  /** How many problems are kept; the others are counted. */
  readonly problems: number;
  /** How many values are looked at, empty ones among them: a few shared lists may stand for billions. */
  readonly values: number;
  /** The keys that may be told: any other is somebody's data. */
  readonly named: ReadonlySet<string>;
}

/** One way through one input: what was met on it. */
export interface Reading {
  readonly bounds: ReadingBounds;
  readonly problems: Problem[];
  /** Problems beyond those that are kept. */
  untold: number;
  values: number;
  /** By the path of a list that lost entries: where in the input each entry that it still has stood. */
  readonly positions: Map<string, readonly number[]>;
}

export const newReading = (bounds: ReadingBounds): Reading => ({
  bounds,
  problems: [],
  untold: 0,
  values: 0,
  positions: new Map(),
});

/** More values than a contact can have: what was read of it is not all. */
export const isFull = ({ values, bounds }: Reading): boolean => values > bounds.values;

/** Notes a problem, once: two keys of somebody's own have the same path. */
export function tell(reading: Reading, problem: Problem): void {
  const { problems, bounds } = reading;
  if (problems.some(({ field, message }) => field === problem.field && message === problem.message)) return;
  if (problems.length < bounds.problems) problems.push(problem);
  else reading.untold++;
}

/** An object that is no list. A proxy that was revoked is none. */
export function isRecord(value: unknown): value is object {
  try {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/**
 * What an object has there. A getter or a proxy runs somebody's code, which may throw: then it is a problem of the field.
 *
 * @returns `null` when it cannot be read
 */
export function ownValue(source: object, key: string, path: string, reading: Reading): { value: unknown } | null {
  return attempted(() => ({ value: Reflect.get(source, key) }), path, reading) ?? null;
}

/** One field of an object in normal form. What cannot be read is a problem of the field, as at {@link ownValue}. */
export function normalField(source: object, key: string, path: string, reading: Reading): Json | undefined {
  return attempted(() => normalValue(Reflect.get(source, key), path, reading), path, reading);
}

function attempted<Result>(read: () => Result, path: string, reading: Reading): Result | undefined {
  try {
    return read();
  } catch {
    tell(reading, { code: 'WRONG_TYPE', field: path, message: 'cannot be read' });
    return undefined;
  }
}

/**
 * One spelling for equal values: text in Unicode NFC, well-formed and without blanks around it; keys whose value is
 * `null`, `''`, `[]` or `{}` left out; −0 is 0. Idempotent.
 *
 * @returns `undefined` when nothing is left
 * @throws whatever a getter or a proxy in the value throws
 */
function normalValue(value: unknown, path: string, reading: Reading, depth = 0): Json | undefined {
  const told = (code: ProblemCode, message: string) => tell(reading, { code, field: path, message });
  if (isFull(reading)) return undefined;
  reading.values++;
  if (depth > MAX_DEPTH) {
    told('TOO_LARGE', `nested deeper than ${MAX_DEPTH} levels`);
    return undefined;
  }
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') {
    if (value.includes('\u0000')) told('INVALID_TEXT', 'holds a NUL character');
    const normal = value.toWellFormed().normalize('NFC').trim();
    return normal === '' ? undefined : normal;
  }
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) told('OUT_OF_RANGE', 'not a finite number');
    return value === 0 ? 0 : value;
  }
  if (Array.isArray(value)) return normalList(value, path, reading, depth);
  if (typeof value === 'object') {
    const normal = new Map<string, Json>();
    for (const [key, item] of Object.entries(value)) {
      const name = key.toWellFormed().normalize('NFC');
      if (name.includes('\u0000')) told('INVALID_TEXT', 'has a key with a NUL character');
      // Programs that copy objects lose it, or worse: better told than dropped by one of them.
      if (name === '__proto__') told('INVALID_TEXT', 'has a key __proto__');
      const one = normalValue(item, `${path}.${reading.bounds.named.has(name) ? name : '*'}`, reading, depth + 1);
      if (one === undefined) continue;
      if (normal.has(name)) told('INVALID_TEXT', 'has two keys that are one in Unicode NFC');
      normal.set(name, one);
    }
    return normal.size === 0 ? undefined : Object.fromEntries(normal);
  }
  told('WRONG_TYPE', `a ${typeof value} cannot be stored`);
  return undefined;
}

function normalList(value: readonly unknown[], path: string, reading: Reading, depth: number): Json | undefined {
  const items: Json[] = [];
  const positions: number[] = [];
  const { length } = value;
  for (let index = 0; index < length && !isFull(reading); index++) {
    const item = normalValue(value[index], `${path}.${index}`, reading, depth + 1);
    if (item === undefined) continue;
    items.push(item);
    positions.push(index);
  }
  if (items.length < length) reading.positions.set(path, positions);
  return items.length === 0 ? undefined : items;
}

/** The list without what it held before. Anything but a list is left alone. */
export function withoutRepeats(value: Json, path: string, reading: Reading): Json {
  if (!Array.isArray(value)) return value;
  const firsts = new Map<Json, number>();
  for (const [index, item] of value.entries())
    if (!firsts.has(item)) firsts.set(item, reading.positions.get(path)?.[index] ?? index);
  if (firsts.size < value.length) reading.positions.set(path, [...firsts.values()]);
  return [...firsts.keys()];
}

/** The path of a value in normal form as a path into the input. */
export function inputPath(path: readonly PropertyKey[], reading: Reading): string {
  let written = '';
  for (const key of path) {
    const name = typeof key === 'number' ? (reading.positions.get(written)?.[key] ?? key) : String(key);
    written = written === '' ? `${name}` : `${written}.${name}`;
  }
  return written;
}
