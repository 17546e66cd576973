import { type DuckDBType, type DuckDBValue, LIST, listValue, VARCHAR } from '@duckdb/node-api';
import { invalid, invalidQuery } from './errors.ts';
import { TYPES } from './functions.ts';
import type { Scope } from './rewrite.ts';

/** The part of a QueryParameter that this sandbox reads. Comes from outside: every property may be missing. */
export interface QueryParameter {
  readonly name?: string;
  readonly parameterType?: { readonly type?: string; readonly arrayType?: { readonly type?: string } };
  readonly parameterValue?: {
    readonly value?: string | number | boolean | null;
    readonly arrayValues?: readonly { readonly value?: string | number | boolean | null }[];
  };
}

interface Bound {
  readonly sql: string;
  readonly value: DuckDBValue;
  readonly list: boolean;
}

/** The parameters of one request, and which of them its statement uses: DuckDB refuses values that nobody asks for. */
export class Parameters implements Scope {
  readonly project: string;
  readonly values: Record<string, DuckDBValue> = {};
  readonly types: Record<string, DuckDBType> = {};
  readonly #given: readonly QueryParameter[];
  readonly #arguments: ReadonlyMap<string, { readonly type: string; readonly value: DuckDBValue }>;
  #next = 0;

  constructor(
    project: string,
    given: readonly QueryParameter[],
    args: ReadonlyMap<string, { readonly type: string; readonly value: DuckDBValue }> = new Map(),
  ) {
    this.project = project;
    this.#given = given;
    this.#arguments = args;
  }

  named(name: string): string {
    const parameter = this.#given.find((candidate) => candidate.name?.toLowerCase() === name.toLowerCase());
    if (parameter === undefined) throw invalidQuery(`Query parameter '${name}' not found`);
    return this.#use(`p_${name.toLowerCase()}`, bind(parameter, `p_${name.toLowerCase()}`));
  }

  positional(): string {
    const index = this.#next++;
    const parameter = this.#given[index];
    if (parameter === undefined || parameter.name) throw invalidQuery('Positional query parameter not found');
    return this.#use(`p_${index}`, bind(parameter, `p_${index}`));
  }

  argument(name: string): string | undefined {
    const argument = this.#arguments.get(name.toLowerCase());
    if (argument === undefined) return undefined;
    const key = `a_${name.toLowerCase()}`;
    return this.#use(key, { sql: `CAST($${key} AS ${argument.type})`, value: argument.value, list: false });
  }

  #use(key: string, bound: Bound): string {
    this.values[key] = bound.value;
    this.types[key] = bound.list ? LIST(VARCHAR) : VARCHAR;
    return bound.sql;
  }
}

/** Values travel as text; the cast reads them, NULLs included. */
function bind(parameter: QueryParameter, key: string): Bound {
  const { type, arrayType } = parameter.parameterType ?? {};
  const array = type === 'ARRAY';
  const name = (array ? arrayType?.type : type) ?? '';
  const duck = TYPES.get(name.toUpperCase());
  if (duck === undefined || name.toUpperCase() === 'BYTES')
    throw invalid(`Query parameter type not known to this sandbox: ${name}`);
  if (!array) return { sql: `CAST($${key} AS ${duck})`, value: textOf(parameter.parameterValue?.value), list: false };
  const items = (parameter.parameterValue?.arrayValues ?? []).map((item) => textOf(item.value));
  return { sql: `CAST($${key} AS ${duck}[])`, value: listValue(items), list: true };
}

const textOf = (value: string | number | boolean | null | undefined): string | null =>
  value === undefined || value === null ? null : String(value);
