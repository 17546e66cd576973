import { type Content, type Json, parseContent, timestamp } from '@contact-sync/contact';
import { judge } from '@contact-sync/sync';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTwenty, type PersonMapping, type RecordProblem, type TwentyAdapter } from '../src/index.ts';
import { RICH, WITH_ORGANIZATION } from './mappings.ts';
import { openProxy } from './proxy.ts';
import { delivery, names, only, openWorkspace, put, SECRET, versionOf, type Workspace } from './workspace.ts';

const ada = {
  canonical_name: 'Ada Lovelace',
  given_name: 'Ada',
  family_name: 'Lovelace',
  organization: 'Analytical Engines',
  llm_context: { how_met: 'by letter', closeness_level: 7, extra: 1 },
};

let workspace: Workspace;
const problems: RecordProblem[] = [];
beforeEach(async () => {
  problems.length = 0;
  workspace = await openWorkspace();
});
afterEach(() => workspace.close());

/** The same workspace under another mapping, installed. */
async function remapped(mapping: PersonMapping): Promise<TwentyAdapter> {
  const adapter = createTwenty({
    url: workspace.twenty.url,
    apiKey: workspace.twenty.apiKey,
    webhookSecret: SECRET,
    requestsPerMinute: 1_000_000,
    onProblem: (problem) => problems.push(problem),
    mapping,
  });
  await adapter.install();
  return adapter;
}

const edit = (id: string, values: Record<string, Json>) => workspace.asUser('PATCH', `/rest/people/${id}`, values);
const person = (id: string) => workspace.twenty.people().find((one) => one.id === id);

/** What the hub makes of a record that last stood for the base. */
async function read(adapter: TwentyAdapter, id: string, base: Content | null): Promise<Content> {
  const parsed = parseContent(adapter.lens.fromRecord((await only(adapter, id)).fields, base));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.content;
}

describe('a field that is mapped later', () => {
  const first = versionOf('1', 1, ada);
  let id: string;
  let adapter: TwentyAdapter;
  beforeEach(async () => {
    id = await put(workspace.adapter, first);
    adapter = await remapped(WITH_ORGANIZATION);
  });

  it('was not emptied on people that were never written with it', async () => {
    expect(person(id)).toMatchObject({ organization: '' });
    expect(adapter.lens.same((await only(adapter, id)).fields, first.content ?? ada)).toBe(true);
    expect(await read(adapter, id, first.content)).toEqual(first.content);
    await edit(id, { jobTitle: 'Countess' });
    expect(await read(adapter, id, first.content)).toEqual({ ...first.content, job_title: 'Countess' });
  });

  it('goes on in whatever the hub makes of an edit', async () => {
    const system = 'twenty' as const;
    const recorded_at = first.last_updated;
    const version = { ...first, status: 'accepted' as const, source: system, recorded_at, appended: true };
    const known = { contact_id: first.contact_id, head: first, versions: [version] };
    const now = timestamp('2030-01-01T00:00:00Z');
    const bounds = { skew_ms: 0, max_version_jump: 100, now, latest: now };
    const around = { ...bounds, system, lens: adapter.lens, counts_versions: false };
    expect(judge(await only(adapter, id), known, around).kind).toBe('echo');
    await edit(id, { jobTitle: 'Countess' });
    expect(judge(await only(adapter, id), known, around)).toMatchObject({
      kind: 'accepted',
      incoming: { version: 2, content: { ...first.content, job_title: 'Countess' } },
    });
  });

  it('that belongs to another is read with it as soon as one is filled in', async () => {
    const without = await remapped({ fields: { category_code: null, subcategory_code: null }, sync: {} });
    const coded = versionOf('2', 1, { canonical_name: 'Byron', category_code: 'H', subcategory_code: 'H2' });
    const other = await put(without, coded);
    expect(await read(workspace.adapter, other, coded.content)).toEqual(coded.content);
    await edit(other, { categoryCode: 'B' });
    expect(await read(workspace.adapter, other, coded.content)).toEqual({
      canonical_name: 'Byron',
      category_code: 'B',
    });
  });

  it('is of the head where the person is behind it', async () => {
    const { fields } = await only(adapter, id);
    const latest: Content = { ...ada, organization: 'Royal Society', job_title: 'Analyst' };
    expect(adapter.lens.over(ada, latest, fields)).toEqual({ ...ada, organization: 'Royal Society' });
  });

  it('is written with the next version, whatever that changed, and is read from then on', async () => {
    await edit(id, { jobTitle: 'Countess' });
    const second = versionOf('1', 2, await read(adapter, id, first.content));
    expect(names(await adapter.apply([delivery(second, second, id)]))).toEqual(['applied']);
    expect(person(id)).toMatchObject({ organization: 'Analytical Engines', jobTitle: 'Countess', syncVersion: 2 });
    await edit(id, { organization: '' });
    expect((await read(adapter, id, second.content)).organization).toBeUndefined();
    expect(names(await adapter.apply([delivery(versionOf('1', 3, ada), second, id)]))).toEqual(['ahead']);
  });

  it('is written with the very version that is there, once', async () => {
    expect(names(await adapter.apply([delivery(first, first, id)]))).toEqual(['applied']);
    expect(person(id)).toMatchObject({ organization: 'Analytical Engines', syncVersion: 1 });
    expect(names(await adapter.apply([delivery(first, first, id)]))).toEqual(['unchanged']);
  });

  it('is heard where somebody has filled it in, and not written over', async () => {
    await edit(id, { organization: 'Royal Society' });
    expect((await read(adapter, id, first.content)).organization).toBe('Royal Society');
    const second = versionOf('1', 2, { ...ada, job_title: 'Analyst' });
    expect(names(await adapter.apply([delivery(second, first, id)]))).toEqual(['ahead']);
    expect(person(id)).toMatchObject({ organization: 'Royal Society' });
  });

  it('of people who were born in Twenty is read as it stands', async () => {
    await workspace.asUser('POST', '/rest/people', { name: { firstName: 'Grace' }, organization: 'Navy' });
    const born = workspace.twenty.people().find(({ contactId }) => contactId === '');
    expect(await read(adapter, born?.id ?? '', null)).toMatchObject({ given_name: 'Grace', organization: 'Navy' });
    await edit(born?.id ?? '', { organization: '' });
    const accepted: Content = { canonical_name: 'Grace', given_name: 'Grace', organization: 'Navy' };
    expect((await read(adapter, born?.id ?? '', accepted)).organization).toBeUndefined();
  });
});

describe('a field that is no longer mapped', () => {
  const first = versionOf('1', 1, ada);
  const second = versionOf('1', 2, { ...ada, organization: 'Royal Society' });
  let id: string;
  beforeEach(async () => {
    id = await put(await remapped(WITH_ORGANIZATION), first);
  });

  it('is left as it is, neither read nor written', async () => {
    const { adapter } = workspace;
    expect(await adapter.install()).toEqual([]);
    await edit(id, { organization: 'edited' });
    expect(await read(adapter, id, first.content)).toEqual(first.content);
    expect(names(await adapter.apply([delivery(second, first, id)]))).toEqual(['applied']);
    expect(person(id)).toMatchObject({ organization: 'edited', syncVersion: 2 });
  });

  it('does not bring back what it held when it is mapped again', async () => {
    await put(workspace.adapter, second, first);
    expect(person(id)).toMatchObject({ organization: 'Analytical Engines' });
    const again = await remapped(WITH_ORGANIZATION);
    expect(await read(again, id, second.content)).toEqual(second.content);
    await edit(id, { organization: 'Somerville' });
    expect((await read(again, id, second.content)).organization).toBe('Somerville');
    await edit(id, { organization: '' });
    expect(await read(again, id, second.content)).toEqual(second.content);
    expect(names(await again.apply([delivery(second, second, id)]))).toEqual(['applied']);
    expect(person(id)).toMatchObject({ organization: 'Royal Society' });
  });

  it('that somebody edited meanwhile is heard when it is mapped again', async () => {
    await put(workspace.adapter, second, first);
    await edit(id, { organization: 'Somerville' });
    const third = versionOf('1', 3, { ...second.content, job_title: 'Countess' });
    await put(workspace.adapter, third, second);
    const again = await remapped(WITH_ORGANIZATION);
    expect(await read(again, id, third.content)).toEqual({ ...third.content, organization: 'Somerville' });
  });

  it('may hold something else from now on, without becoming that', async () => {
    const base = versionOf('1', 2, { ...ada, job_title: 'Countess' });
    const before = await remapped(WITH_ORGANIZATION);
    expect(names(await before.apply([delivery(base, first, id)]))).toEqual(['applied']);
    const mapping: PersonMapping = { fields: { organization: 'employer', job_title: 'organization' }, sync: {} };
    const turned = await remapped(mapping);
    expect(await read(turned, id, base.content)).toEqual(base.content);
    expect(names(await turned.apply([delivery(base, base, id)]))).toEqual(['applied']);
    expect(person(id)).toMatchObject({ organization: 'Countess', employer: 'Analytical Engines' });
    expect(await read(turned, id, base.content)).toEqual(base.content);
  });
});

it('a key of llm_context moves into a field of its own and back, and is never lost', async () => {
  const first = versionOf('1', 1, { ...ada, llm_context: { ...ada.llm_context, blind_spots: ['odds'] } });
  const { sync: _, ...rich } = RICH;
  const id = await put(workspace.adapter, first);
  const adapter = await remapped({ ...rich, sync: {} });
  expect(await read(adapter, id, first.content)).toEqual(first.content);
  await edit(id, { closeness: 9 });
  const second = versionOf('1', 2, await read(adapter, id, first.content));
  expect(second.content).toEqual({
    ...first.content,
    llm_context: { ...first.content?.llm_context, closeness_level: 9 },
  });
  await put(adapter, second, second);
  expect(person(id)).toMatchObject({ howMet: 'by letter', closeness: 9, llmContext: { extra: 1 } });

  expect(await read(workspace.adapter, id, second.content)).toEqual(second.content);
  await edit(id, { howMet: 'at court' });
  const third = versionOf('1', 3, await read(workspace.adapter, id, second.content));
  expect(third.content?.llm_context).toEqual({ ...second.content?.llm_context, how_met: 'at court' });
  await put(workspace.adapter, third, third);
  expect(person(id)).toMatchObject({ llmContext: { extra: 1, how_met: 'at court', closeness_level: 9 } });
});

describe('a field that a user deleted in Twenty', () => {
  const first = versionOf('1', 1, { ...ada, category_code: 'B', subcategory_code: 'B2' });
  const gone = versionOf('2', 1, { canonical_name: 'Byron', organization: 'Lords' });
  let adapter: TwentyAdapter;
  let ids: readonly string[];
  beforeEach(async () => {
    adapter = await remapped(WITH_ORGANIZATION);
    ids = [await put(adapter, first), await put(adapter, gone)];
    await workspace.asUser('DELETE', `/rest/people/${ids[1]}?soft_delete=true`);
    workspace.twenty.removeField('organization');
    workspace.twenty.removeField('subcategoryCode');
  });

  it('was not emptied, and the others are still edited', async () => {
    const [id = ''] = ids;
    expect(await read(adapter, id, first.content)).toEqual(first.content);
    await edit(id, { jobTitle: 'Countess' });
    expect(await read(adapter, id, first.content)).toEqual({ ...first.content, job_title: 'Countess' });
  });

  it('stops every delivery as a missing schema', async () => {
    const [id = ''] = ids;
    const failure = { name: 'OutageError', code: 'TWENTY_SCHEMA' };
    await expect(adapter.apply([delivery(first, first, id)])).rejects.toMatchObject(failure);
    const second = versionOf('1', 2, { ...first.content, job_title: 'Countess' });
    await expect(adapter.apply([delivery(second, first, id)])).rejects.toMatchObject(failure);
  });

  it('was not emptied either when install has created it anew, nor after a restore', async () => {
    const [id = '', trashed = ''] = ids;
    const planned = await adapter.install({ dry_run: true });
    expect(planned.map(({ what }) => what)).toEqual([
      'note on 2 people that fields they were written with are created anew',
      'create the field organization (TEXT) of person',
      'create the field subcategoryCode (TEXT) of person',
    ]);
    expect(await adapter.install()).toEqual(planned);
    expect(await adapter.install()).toEqual([]);
    expect(person(id)).toMatchObject({ organization: '', categoryCode: 'B', subcategoryCode: '', syncVersion: 1 });
    expect(await only(adapter, trashed)).toMatchObject({ deleted: true });
    await workspace.asUser('PATCH', `/rest/restore/people?filter=${encodeURIComponent(`id[eq]:"${trashed}"`)}`);
    expect(await read(adapter, id, first.content)).toEqual(first.content);
    expect(await read(adapter, trashed, gone.content)).toEqual(gone.content);
    expect(names(await adapter.apply([delivery(first, first, id)]))).toEqual(['applied']);
    expect(person(id)).toMatchObject({ organization: 'Analytical Engines', subcategoryCode: 'B2' });
  });
});

it('a person deleted for good while install notes how people were written does not come back', async () => {
  const adapter = await remapped(WITH_ORGANIZATION);
  const id = await put(adapter, versionOf('1', 1, ada));
  const other = await put(adapter, versionOf('2', 1, { canonical_name: 'Byron' }));
  workspace.twenty.removeField('organization');
  const proxy = await openProxy(workspace.twenty.url, async ({ path }) => {
    if (path.startsWith('/rest/batch/people')) await workspace.asUser('DELETE', `/rest/people/${id}`);
    return undefined;
  });
  try {
    const { apiKey } = workspace.twenty;
    await createTwenty({ url: proxy.url, apiKey, webhookSecret: SECRET, mapping: WITH_ORGANIZATION }).install();
  } finally {
    await proxy.close();
  }
  expect(workspace.twenty.people().filter(({ deletedAt }) => deletedAt === null)).toMatchObject([{ id: other }]);
});

describe('the note on a person', () => {
  const first = versionOf('1', 1, ada);
  let id: string;
  beforeEach(async () => {
    id = await put(workspace.adapter, first);
  });

  it('that is missing leaves only what is filled in to be read, until the next write', async () => {
    const adapter = await remapped(WITH_ORGANIZATION);
    await edit(id, { syncMapping: null, llmContext: null, jobTitle: 'Countess' });
    const second = versionOf('1', 2, await read(adapter, id, first.content));
    expect(second.content).toEqual({ ...first.content, job_title: 'Countess' });
    expect(problems).toEqual([]);
    await put(adapter, second, second);
    expect(person(id)).toMatchObject({ organization: ada.organization, llmContext: ada.llm_context });
    await edit(id, { llmContext: null });
    expect((await read(adapter, id, second.content)).llm_context).toBeUndefined();
  });

  it('that is missing does not make keys of llm_context empty that have fields of their own', async () => {
    const { sync: _, ...rich } = RICH;
    const adapter = await remapped({ ...rich, sync: {} });
    await edit(id, { syncMapping: null, llmContext: { extra: 2 }, closeness: 9 });
    expect((await read(adapter, id, first.content)).llm_context).toEqual({
      how_met: 'by letter',
      closeness_level: 9,
      extra: 2,
    });
  });

  it('that somebody wrote into is told, and only what is filled in is read until the next write', async () => {
    const adapter = await remapped(WITH_ORGANIZATION);
    await edit(id, { syncMapping: { fields: 'mine' }, llmContext: null, jobTitle: 'Countess' });
    expect(await read(adapter, id, first.content)).toEqual({ ...first.content, job_title: 'Countess' });
    expect(problems[0]).toEqual({ code: 'INVALID_SYNC_MAPPING', record_id: id, field: 'syncMapping' });
    expect(names(await adapter.apply([delivery(first, first, id)]))).toEqual(['ahead']);
  });
});
