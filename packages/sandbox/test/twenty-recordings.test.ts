import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTwenty, type Twenty } from '../src/twenty/index.ts';

interface Recording {
  note: string;
  request: { method: string; path: string; body: unknown };
  status: number;
  response: unknown;
}

const file = fileURLToPath(new URL('recordings/twenty/rest.jsonl', import.meta.url));
const recordings = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  // The lines were written by the script that recorded them, in this shape.
  .map((line) => JSON.parse(line) as Recording);

/** Values that no two servers share. Their type still has to agree. */
const PRIVATE = new Set([
  'id',
  'createdAt',
  'updatedAt',
  'deletedAt',
  'searchVector',
  'position',
  'applicationId',
  'workspaceId',
  'universalIdentifier',
  'objectMetadataId',
  'viewUniversalIdentifier',
  'objectMetadataUniversalIdentifier',
  'fieldMetadataUniversalIdentifier',
]);

const typeOf = (value: unknown) => (value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value);

function masked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, PRIVATE.has(key) ? `<${typeOf(item)}>` : masked(item)]),
  );
}

/** Only the types: for what came out of the seeded workspace of the recording. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return 'list';
  if (typeof value !== 'object' || value === null) return typeOf(value);
  const entries = Object.entries(value).map(([key, item]) => [
    key,
    key === 'context' || key === 'workspaceMemberId' ? 'any' : shape(item),
  ]);
  return Object.fromEntries(entries);
}

const at = (value: unknown, ...path: (string | number)[]): unknown =>
  path.reduce<unknown>(
    (inner, key) => (inner === null || inner === undefined ? inner : Reflect.get(Object(inner), key)),
    value,
  );

/** The fields of the person object as far as the sandbox describes them. */
function fieldsOf(answer: unknown): unknown[] {
  const fields = at(answer, 'data', 'object', 'fields');
  if (!Array.isArray(fields)) throw new Error('no fields');
  const kept = ['type', 'name', 'isUnique', 'isNullable', 'isSystem', 'isActive'];
  return fields.map((field) => kept.map((key) => at(field, key)));
}

const ofPerson = (answer: unknown) =>
  ['nameSingular', 'namePlural', 'labelSingular', 'labelPlural', 'isActive', 'isSystem', 'isRemote'].map((key) =>
    at(answer, 'data', 'object', key),
  );

describe('the sandbox answers as the recorded server did', () => {
  let twenty: Twenty;
  const objectId = String(at(recordings[0], 'response', 'data', 'object', 'id'));
  let ownObjectId: string;
  let webhookId: string | undefined;
  /** The recorded server chose these ids; the sandbox is given them, so that order and cursors agree. */
  const ids = new Map<unknown, unknown>();
  let frozen = Date.UTC(2026, 10, 22, 17);

  const send = (method: string, path: string, body: unknown, token: string | null) =>
    fetch(twenty.url + path, {
      method,
      headers: { 'Content-Type': 'application/json', ...(token === null ? {} : { Authorization: `Bearer ${token}` }) },
      ...(body === null ? {} : { body: JSON.stringify(body) }),
    });

  beforeAll(async () => {
    twenty = await startTwenty({ apiKey: 'key', now: () => frozen });
    for (const { response } of recordings)
      for (const person of [at(response, 'data', 'createPeople')].flat()) {
        if (person) ids.set(at(person, 'contactId'), at(person, 'id'));
      }
    const objects: unknown = await (await send('GET', '/rest/metadata/objects', null, 'key')).json();
    ownObjectId = String(at(objects, 'data', 'objects', 0, 'id'));
    const standard = 24;
    for (const [type, name, isUnique] of fieldsOf(recordings[0]?.response)
      .slice(standard)
      .map((field) => [at(field, 0), at(field, 1), at(field, 2)])) {
      const body = { objectMetadataId: ownObjectId, type, name, label: name, isUnique };
      expect((await send('POST', '/rest/metadata/fields', body, 'key')).status).toBe(201);
    }
  });
  afterAll(() => twenty.close());

  const withIds = (body: unknown): unknown =>
    Array.isArray(body) ? body.map((row) => ({ id: ids.get(at(row, 'contactId')), ...Object(row) })) : body;

  it.each(recordings.map((recording, index) => [index, recording.note, recording] as const))(
    '%i: %s',
    async (_, note, recording) => {
      frozen += 1;
      const { request, status, response } = recording;
      const swap = (text: string) =>
        text.replaceAll(objectId, ownObjectId).replace(/(?<=\/webhooks\/)[\w-]+/, webhookId ?? '$&');
      let body: unknown = request.body === null ? null : JSON.parse(swap(JSON.stringify(request.body)));
      if (request.body === '201 rows') body = Array.from({ length: 201 }, (__, row) => ({ contactId: String(row) }));
      // Ids are given only where rows are to be stood up: one that is in use already would be another match.
      else if (note.startsWith('batch upsert') && status === 201) body = withIds(body);
      const token = note === 'no token' ? null : note === 'bad token' ? 'wrong' : 'key';
      if (note === 'throttled')
        for (let spent = 0; spent < 100; spent++) await (await send(request.method, request.path, null, token)).text();

      const answer = await send(request.method, swap(request.path), body, token);
      const got: unknown = await answer.json();
      if (note === 'create a webhook') webhookId = String(at(got, 'id'));

      expect(answer.status).toBe(status);
      if (note === 'the person object with its fields') {
        expect(ofPerson(got)).toEqual(ofPerson(response));
        expect(fieldsOf(got)).toEqual(fieldsOf(response));
      } else if (note === 'filter by updatedAt with soft-deleted rows') {
        const company = { companyId: 'any', contactId: 'any', syncVersion: 'any', llmContext: 'any' };
        const person = (answered: unknown) => ({ ...Object(shape(at(answered, 'data', 'people', 0))), ...company });
        expect(person(got)).toEqual(person(response));
        expect(at(shape(got), 'pageInfo')).toEqual(at(shape(response), 'pageInfo'));
      } else expect(masked(got)).toEqual(masked(response));
    },
  );
});
