/** Writes the tables of SPEC.md anew: `node packages/sync/spec/write.ts`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { write } from './render.ts';

const spec = new URL('../../../SPEC.md', import.meta.url);
writeFileSync(spec, write(readFileSync(spec, 'utf8')));
