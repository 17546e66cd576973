/** Writes contact.schema.json anew: `node packages/contact/spec/write-schema.ts`, then `npm run format`. */
import { writeFileSync } from 'node:fs';
import { contactJsonSchema } from '../src/index.ts';

const file = new URL('../contact.schema.json', import.meta.url);
writeFileSync(file, `${JSON.stringify(contactJsonSchema(), null, 2)}\n`);
