import { contentHash } from '@contact-sync/contact';
import { startTwenty } from '@contact-sync/sandbox/twenty';
import type { TargetAdapter } from '@contact-sync/sync';
import { openHttpProxy } from '@contact-sync/testkit';
import { httpFaults, type Rig, type User } from '@contact-sync/testkit/conformance';
import { z } from 'zod';
import { createTwenty } from '../src/index.ts';

/** Twenty documents 60 rows; 10 MB is what its server reads of one body. */
const ALLOWED = { rows: 60, bytes: 10 * 1024 * 1024 };
const UNLIMITED = 1_000_000;
const SECRET = 'the secret of the webhooks';

const refusal = (statusCode: number, error: string, message: string) => ({
  status: statusCode,
  body: { statusCode, error, messages: [message] },
});

/** A workspace of its own, reached by the hub through a proxy that can fail, and by a human user directly. */
export async function openRig(): Promise<Rig<TargetAdapter>> {
  const apiKey = 'an API key of Twenty';
  const twenty = await startTwenty({ apiKey, requestsPerMinute: UNLIMITED });
  const proxy = await openHttpProxy(twenty.url);
  const { requests, ...faults } = httpFaults(proxy, {
    isWrite: ({ method, path }) => method === 'POST' && path.startsWith('/rest/batch/people'),
    down: refusal(503, 'ServiceUnavailableException', 'Service Unavailable'),
    busy: refusal(429, 'HttpException', 'Limit reached (100 tokens per 60000 ms)'),
    allowed: ALLOWED,
    tooLarge: refusal(413, 'PayloadTooLargeError', 'request entity too large'),
  });
  const connection = { url: proxy.url, apiKey, webhookSecret: SECRET, requestsPerMinute: UNLIMITED };
  const open = () => createTwenty(connection);
  const adapter = open();
  const user = userOf(twenty.url, twenty.userToken, adapter);
  return {
    adapter,
    open,
    openAt: (now) => createTwenty({ ...connection, now }),
    impatient: () => createTwenty({ ...connection, timeoutMs: 400 }),
    user,
    faults: {
      ...faults,
      // Primary emails are unique in Twenty, and another person has this one.
      async spoil(version) {
        const email = 'taken@example.com';
        const owner = await user.create({ canonical_name: 'Owner', emails: [email] });
        const content = { canonical_name: 'Spoiled', ...version.content, emails: [email] };
        return {
          version: { ...version, content, content_hash: contentHash(content) },
          mend: async () => user.destroy?.(owner),
        };
      },
    },
    secrets: [apiKey, SECRET],
    // As a hub left it whose mapping had no job titles.
    async lack(record_id) {
      const at = `/rest/people/${record_id}`;
      const { syncMapping } = noted.parse(await ask(twenty.url, apiKey, 'GET', at)).data.person;
      const { job_title: _, ...fields } = syncMapping.fields;
      await ask(twenty.url, apiKey, 'PATCH', at, { jobTitle: '', syncMapping: { ...syncMapping, fields } });
    },
    requests,
    async close() {
      await proxy.close();
      await twenty.close();
    },
  };
}

const created = z.object({ data: z.object({ createPerson: z.object({ id: z.string() }) }) });

const noted = z.object({
  data: z.object({ person: z.object({ syncMapping: z.looseObject({ fields: z.record(z.string(), z.json()) }) }) }),
});

async function ask(url: string, token: string, method: string, path: string, body?: object): Promise<unknown> {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const told: unknown = await answer.json();
  if (!answer.ok) throw new Error(`Twenty answers ${answer.status}`, { cause: told });
  return told;
}

/** Someone who works in Twenty. */
function userOf(url: string, token: string, { lens }: TargetAdapter): User {
  const asUser = (method: string, path: string, body?: object) => ask(url, token, method, path, body);
  const create = async (person: object) =>
    created.parse(await asUser('POST', '/rest/people', person)).data.createPerson.id;
  return {
    create: (content) => create(lens.toRecord(content)),
    async edit(id, jobTitle) {
      await asUser('PATCH', `/rest/people/${id}`, { jobTitle });
    },
    async remove(id) {
      await asUser('DELETE', `/rest/people/${id}?soft_delete=true`);
    },
    async revive(id) {
      await asUser('PATCH', `/rest/restore/people?filter=${encodeURIComponent(`id[eq]:"${id}"`)}`);
    },
    async destroy(id) {
      await asUser('DELETE', `/rest/people/${id}`);
    },
    // updatedAt is the transaction's beginning, and can be seen only after its commit.
    async begin(content) {
      const updatedAt = new Date().toISOString();
      return { commit: () => create({ ...lens.toRecord(content), updatedAt }) };
    },
  };
}
