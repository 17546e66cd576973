/** The console in a real browser, over the whole system in this process. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest';
import { type Chromium, findChromium, NoChromiumError } from '../src/chromium.ts';
import { describeConflicts } from './browser-conflicts.ts';
import { describeContacts } from './browser-contacts.ts';
import { describeLetters } from './browser-letters.ts';
import { describeLogin } from './browser-login.ts';
import { describePages } from './browser-pages.ts';
import { openRoom, type Room } from './browser-rig.ts';
import { describeWatching } from './browser-watching.ts';

/** Where the tests count, a browser that does not start is a failure. */
const needed = Boolean(process.env.CI) && process.platform === 'linux' && process.arch === 'x64';
const found: Chromium | NoChromiumError = await findChromium().catch((error: unknown) => {
  if (error instanceof NoChromiumError && !needed) return error;
  throw error;
});

describe('the console', () => {
  let room: Room;
  beforeAll(async () => {
    if (!(found instanceof NoChromiumError)) room = await openRoom(found);
  });
  afterAll(() => room?.close());
  beforeEach(({ skip }) => {
    if (found instanceof NoChromiumError) skip(found.message);
  });
  afterEach(async () => {
    if (room) expect(await room.tidy()).toEqual([]);
  });

  const at = () => room;
  // In this order: the first counts what is there, the last shuts the server.
  describeContacts(at);
  describeLogin(at);
  describeConflicts(at);
  describeLetters(at);
  describeWatching(at);
  describePages(at);
});
