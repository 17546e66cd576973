import { startTwenty, type Twenty } from '@contact-sync/sandbox/twenty';
import { OutageError } from '@contact-sync/sync';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTwenty } from '../src/index.ts';
import { RICH } from './mappings.ts';
import { SECRET } from './workspace.ts';

describe('install', () => {
  let twenty: Twenty;
  beforeEach(async () => {
    twenty = await startTwenty({ apiKey: 'key' });
  });
  afterEach(() => twenty.close());

  const publicUrl = 'http://127.0.0.1:9/';
  const connect = () => ({ url: twenty.url, apiKey: 'key', webhookSecret: SECRET, publicUrl });

  async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const headers = { Authorization: 'Bearer key', 'Content-Type': 'application/json' };
    const answer = await fetch(twenty.url + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
    return answer.json();
  }

  async function addField(field: Record<string, unknown>): Promise<void> {
    // The shape of the recording.
    const objects = (await ask('GET', '/rest/metadata/objects')) as { data: { objects: { id: string }[] } };
    await ask('POST', '/rest/metadata/fields', { objectMetadataId: objects.data.objects[0]?.id, label: 'x', ...field });
  }

  it('says what it would create, creates it, and does nothing the second time', async () => {
    const adapter = createTwenty(connect());
    const planned = await adapter.install({ dry_run: true });
    expect(planned.map(({ what }) => what)).toEqual([
      'create the field contactId (TEXT) of person',
      'create the field syncVersion (NUMBER) of person',
      'create the field syncUpdatedAt (TEXT) of person',
      'create the field syncMapping (RAW_JSON) of person',
      'create the field canonicalName (TEXT) of person',
      'create the field categoryCode (TEXT) of person',
      'create the field subcategoryCode (TEXT) of person',
      'create the field llmContext (RAW_JSON) of person',
      'have person.* told to http://127.0.0.1:9/webhooks/twenty',
    ]);
    expect(await ask('GET', '/rest/webhooks')).toEqual([]);
    expect(await adapter.install()).toEqual(planned);
    expect(await adapter.install()).toEqual([]);
    expect(await ask('GET', '/rest/webhooks')).toMatchObject([{ secret: SECRET, operations: ['person.*'] }]);
  });

  it('creates only what is missing, and may run twice at once', async () => {
    await addField({ name: 'categoryCode', type: 'TEXT' });
    const steps = await Promise.all([createTwenty(connect()).install(), createTwenty(connect()).install()]);
    expect(steps.flat().some(({ what }) => what.includes(' categoryCode '))).toBe(false);
    expect(await createTwenty(connect()).install()).toEqual([]);
  });

  it('creates what a mapping needs, each with its type, and leaves the others alone', async () => {
    await createTwenty(connect()).install();
    const rich = createTwenty({ ...connect(), mapping: RICH });
    expect((await rich.install({ dry_run: true })).map(({ what }) => what)).toEqual([
      'create the field hubContact (TEXT) of person',
      'create the field hubMapping (RAW_JSON) of person',
      'create the field organization (TEXT) of person',
      'create the field role (TEXT) of person',
      'create the field interests (RAW_JSON) of person',
      'create the field importantDates (RAW_JSON) of person',
      'create the field depth (NUMBER) of person',
      'create the field closeness (NUMBER) of person',
      'create the field howMet (TEXT) of person',
      'create the field currentState (TEXT) of person',
      'create the field constructor (RAW_JSON) of person',
    ]);
    expect(await rich.install()).toHaveLength(11);
    expect(await rich.install()).toEqual([]);
    expect(await createTwenty(connect()).install()).toEqual([]);
  });

  it('stops at fields of another type or that need not be unique, names them all, and changes nothing', async () => {
    await addField({ name: 'syncVersion', type: 'TEXT' });
    await addField({ name: 'contactId', type: 'TEXT' });
    await addField({ name: 'depth', type: 'TEXT' });
    const adapter = createTwenty({ ...connect(), mapping: RICH });
    const failure: unknown = await adapter.install().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(OutageError);
    expect(failure).toMatchObject({
      code: 'TWENTY_SCHEMA',
      message: expect.stringContaining('syncVersion is of type TEXT; depth is of type TEXT'),
      advice: expect.stringContaining('make depth an active field of type NUMBER'),
    });
    await expect(createTwenty(connect()).install()).rejects.toMatchObject({
      code: 'TWENTY_SCHEMA',
      message: expect.stringContaining('contactId is not unique; syncVersion is of type TEXT'),
    });
    expect(JSON.stringify(await ask('GET', '/rest/metadata/objects'))).not.toContain('organization');
  });

  it('stops at a webhook that has another secret', async () => {
    await createTwenty({ ...connect(), webhookSecret: 'old' }).install();
    await expect(createTwenty(connect()).install()).rejects.toMatchObject({ code: 'TWENTY_WEBHOOK' });
  });
});
