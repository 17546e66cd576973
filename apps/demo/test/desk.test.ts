/** The operators' side of the hub on all four systems: what they see and what they do. */
import { afterAll, beforeAll } from 'vitest';
import { describeConflicts } from './desk-conflicts.ts';
import { describeContacts } from './desk-contacts.ts';
import { describeImport } from './desk-import.ts';
import { describeLetters } from './desk-letters.ts';
import { type Desks, openDesks } from './desk-rig.ts';
import { openStage, type Stage } from './services-stage.ts';

let stage: Stage;
let desks: Desks;
beforeAll(async () => {
  stage = await openStage();
  desks = await openDesks(stage);
});
afterAll(async () => {
  await desks?.close();
  await stage?.close();
});

const at = () => desks;
describeConflicts(at);
describeContacts(at);
describeLetters(at);
// Last: it leaves much that is behind.
describeImport(at);
