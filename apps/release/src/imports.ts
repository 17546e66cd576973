/** What TypeScript writes: each statement begins its line, or closes its list there. */
const STATEMENTS = [
  /^(?:import|export|\})[^'"\n]* from ['"]([^'"\n]+)['"]/gm,
  /^import ['"]([^'"\n]+)['"]/gm,
  /\bimport\(['"]([^'"\n]+)['"]\)/g,
];

/** The packages that a compiled file imports, for its code or its types. */
export function packagesOf(compiled: string): ReadonlySet<string> {
  const named = STATEMENTS.flatMap((form) => [...compiled.matchAll(form)].map(([, name = '']) => name));
  const outside = named.filter((name) => !name.startsWith('.') && !name.startsWith('node:'));
  return new Set(outside.map((name) => name.split('/', name.startsWith('@') ? 2 : 1).join('/')));
}
