import { BuildError } from './build-error.ts';

/** What of a package.json the build reads; the form is the one that all of this repository's have. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly type: 'module';
  /** From what is imported (`.`, `./processing`) to the source, as `./src/index.ts`. */
  readonly exports: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isTexts = (value: unknown): value is Readonly<Record<string, string>> =>
  isRecord(value) && Object.values(value).every((one) => typeof one === 'string');

/** @throws {BuildError} PACKAGE_INVALID */
export function parseManifest(text: string, path: string): Manifest {
  const json: unknown = JSON.parse(text);
  const wrong = (what: string) => new BuildError('PACKAGE_INVALID', `${path}: ${what}`);
  if (!isRecord(json)) throw wrong('is no object');
  const { name, version, description, license, type, exports, dependencies = {} } = json;
  if (typeof name !== 'string' || typeof version !== 'string') throw wrong('has no name or no version');
  if (typeof description !== 'string' || typeof license !== 'string') throw wrong('has no description or no license');
  if (type !== 'module') throw wrong('is not of type "module"');
  if (!isTexts(exports)) throw wrong('exports something else than files by their paths');
  if (!isTexts(dependencies)) throw wrong('has dependencies that are no text');
  return { name, version, description, license, type, exports, dependencies };
}

/** A source is published as its types and its JavaScript; anything else, such as a JSON Schema, as it is. */
const published = (path: string) =>
  path.endsWith('.ts') ? { types: path.replace(/\.ts$/, '.d.ts'), default: path.replace(/\.ts$/, '.js') } : path;

/** The files that may be imported from the package, as published. */
export const filesOf = ({ exports }: Manifest): readonly string[] =>
  Object.values(exports).flatMap((path) => {
    const file = published(path);
    return typeof file === 'string' ? file : Object.values(file);
  });

/**
 * The package.json that is published.
 *
 * @param node the least major version of Node
 * @param files the folders that the package consists of
 */
export function publishedManifest(manifest: Manifest, node: number, files: readonly string[]): string {
  const { exports, dependencies, ...same } = manifest;
  const entries = Object.entries(exports).map(([from, path]) => [from, published(path)]);
  return `${JSON.stringify(
    { ...same, engines: { node: `>=${node}` }, exports: Object.fromEntries(entries), files, dependencies },
    null,
    2,
  )}\n`;
}
