/** How an outside program edits in each system, through that system's own client. */
import { timestamp } from '@contact-sync/contact';
import type { Clients } from '@contact-sync/demo';
import { z } from 'zod';
import type { Stamp, System } from '../edits.ts';

/** Fields of a contact that edits change beside the token; others stay. */
export interface Change {
  readonly category_code?: string;
  readonly email?: string;
  readonly interest?: string;
  /** The moment of the edit, where a client may say; ISO 8601. */
  readonly moment?: string;
}

export interface Hand {
  create(name: string, token: string, email: string): Promise<Stamp>;
  /** @returns `null` when nothing was changed: no such living contact here */
  edit(contactId: string, token: string, change: Change): Promise<Stamp | null>;
  remove(contactId: string, token: string, how: 'soft' | 'hard'): Promise<Stamp | null>;
  revive(contactId: string, token: string, name: string): Promise<Stamp | null>;
}

/** In every contact that is written, so that it can be looked for where no content may be. */
export const GIVEN_NAME = 'Kanarienvogel';
const NOTHING: Stamp = { version: null, last_updated: null };

export const hands = (clients: Clients): Readonly<Record<System, Hand>> => ({
  local: localHand(clients),
  supabase: supabaseHand(clients),
  twenty: twentyHand(clients),
  bigquery: bigqueryHand(clients),
});

const rankRow = z.looseObject({ version: z.coerce.number(), last_updated: z.string() });
const stampOf = (row: unknown): Stamp => {
  const { version, last_updated } = rankRow.parse(row);
  return { version, last_updated: timestamp(last_updated) };
};

function localHand({ local }: Clients): Hand {
  // SQLite's triggers stamp after the statement: what it returns is not yet what stands.
  const returning =
    local.kind === 'postgres'
      ? `returning version, to_char(last_updated at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as last_updated`
      : 'returning id';
  const one = async (sql: string, values: readonly unknown[]): Promise<Stamp | null> => {
    const { rows } = await local.query(`${sql} ${returning}`, values);
    if (rows[0] === undefined) return null;
    return local.kind === 'postgres' ? stampOf(rows[0]) : NOTHING;
  };
  return {
    async create(name, token, email) {
      const stamp = await one(
        `insert into contacts (canonical_name, given_name, family_name, job_title, last_updated_by, emails)
         values ($1, $2, $3, $4, $5, $6)`,
        [`${GIVEN_NAME} ${name}`, GIVEN_NAME, name, token, token, JSON.stringify([email])],
      );
      return stamp ?? NOTHING;
    },
    edit(contactId, token, { category_code, email, interest, moment }) {
      const set = ['job_title = $2', 'last_updated_by = $3'];
      const values: unknown[] = [contactId, token, token];
      const also = (column: string, value: unknown) => {
        values.push(value);
        set.push(`${column} = $${values.length}`);
      };
      if (category_code !== undefined) also('category_code', category_code);
      if (email !== undefined) also('emails', JSON.stringify([email]));
      if (interest !== undefined) also('llm_context', JSON.stringify({ key_interests: [interest] }));
      if (moment !== undefined) also('last_updated', moment);
      return one(`update contacts set ${set.join(', ')} where contact_id = $1 and deleted_at is null`, values);
    },
    async remove(contactId, token, how) {
      if (how === 'hard') {
        const { rows } = await local.query(
          'delete from contacts where contact_id = $1 and deleted_at is null returning id',
          [contactId],
        );
        return rows[0] === undefined ? null : NOTHING;
      }
      return one(
        'update contacts set deleted_at = $2, last_updated_by = $3 where contact_id = $1 and deleted_at is null',
        [contactId, new Date().toISOString(), token],
      );
    },
    revive: (contactId, token) =>
      one(
        'update contacts set deleted_at = null, job_title = $2, last_updated_by = $3 where contact_id = $1 and deleted_at is not null',
        [contactId, token, token],
      ),
  };
}

function supabaseHand({ supabase }: Clients): Hand {
  const table = () => supabase.from('contacts');
  const stampFrom = ({ data, error }: { data: unknown[] | null; error: { code?: string } | null }): Stamp | null => {
    if (error !== null) throw new Error(`Supabase answered ${error.code}`);
    return data?.[0] === undefined ? null : stampOf(data[0]);
  };
  return {
    async create(name, token, email) {
      const row = {
        ...{ canonical_name: `${GIVEN_NAME} ${name}`, given_name: GIVEN_NAME, family_name: name },
        ...{ job_title: token, last_updated_by: token, emails: [email] },
      };
      return stampFrom(await table().insert(row).select('version, last_updated')) ?? NOTHING;
    },
    async edit(contactId, token, { category_code, email, interest, moment }) {
      const change = {
        ...{ job_title: token, last_updated_by: token },
        ...(category_code !== undefined && { category_code }),
        ...(email !== undefined && { emails: [email] }),
        ...(interest !== undefined && { llm_context: { key_interests: [interest] } }),
        ...(moment !== undefined && { last_updated: moment }),
      };
      return stampFrom(
        await table().update(change).eq('contact_id', contactId).is('deleted_at', null).select('version, last_updated'),
      );
    },
    async remove(contactId, token, how) {
      if (how === 'hard') {
        const gone = stampFrom(
          await table().delete().eq('contact_id', contactId).is('deleted_at', null).select('version, last_updated'),
        );
        // It tells of the row as it was, not of its deletion.
        return gone && NOTHING;
      }
      const change = { deleted_at: new Date().toISOString(), last_updated_by: token };
      return stampFrom(
        await table().update(change).eq('contact_id', contactId).is('deleted_at', null).select('version, last_updated'),
      );
    },
    revive: async (contactId, token) =>
      stampFrom(
        await table()
          .update({ deleted_at: null, job_title: token, last_updated_by: token })
          .eq('contact_id', contactId)
          .not('deleted_at', 'is', null)
          .select('version, last_updated'),
      ),
  };
}

const found = z.object({ data: z.object({ people: z.array(z.looseObject({ id: z.string() })) }) });

/** As a person at Twenty's own screens. Twenty knows no versions and does not let anybody say who edits. */
function twentyHand({ twenty }: Clients): Hand {
  const personOf = async (contactId: string): Promise<string | null> => {
    const filter = encodeURIComponent(`contactId[eq]:"${contactId}"`);
    return found.parse(await twenty('GET', `/people?depth=0&filter=${filter}`)).data.people[0]?.id ?? null;
  };
  return {
    async create(name, token, email) {
      await twenty('POST', '/people', {
        name: { firstName: GIVEN_NAME, lastName: name },
        jobTitle: token,
        emails: { primaryEmail: email, additionalEmails: [] },
      });
      return NOTHING;
    },
    async edit(contactId, token, { email, interest }) {
      const id = await personOf(contactId);
      if (id === null) return null;
      await twenty('PATCH', `/people/${id}`, {
        jobTitle: token,
        ...(email !== undefined && { emails: { primaryEmail: email, additionalEmails: [] } }),
        ...(interest !== undefined && { llmContext: { key_interests: [interest] } }),
      });
      return NOTHING;
    },
    async remove(contactId, _token, how) {
      const id = await personOf(contactId);
      if (id === null) return null;
      await twenty('DELETE', `/people/${id}${how === 'soft' ? '?soft_delete=true' : ''}`);
      return NOTHING;
    },
    revive: async () => null,
  };
}

function bigqueryHand({ bigquery, dataset }: Clients): Hand {
  // The id stands in the SQL: the client would send a JS number, and none holds it.
  const edit = (id: string, change: object, token: string) =>
    bigquery(`CALL \`${dataset}.edit_contact\`(${id}, PARSE_JSON(@edit), @token)`, {
      edit: JSON.stringify(change),
      token,
    });
  const living = async (id: string): Promise<boolean> =>
    (await bigquery(`SELECT 1 AS one FROM \`${dataset}.contacts\` WHERE contact_id = ${id}`)).length > 0;
  return {
    async create(name, token, email) {
      const id = `9${Date.now()}${String(process.hrtime.bigint() % 1000n).padStart(3, '0')}`;
      await edit(
        id,
        {
          ...{ canonical_name: `${GIVEN_NAME} ${name}`, given_name: GIVEN_NAME, family_name: name },
          ...{ job_title: token, emails: [email] },
        },
        token,
      );
      return { ...NOTHING, contact_id: id };
    },
    async edit(contactId, token, { category_code, email, interest }) {
      if (!(await living(contactId))) return null;
      await edit(
        contactId,
        {
          job_title: token,
          ...(category_code !== undefined && { category_code }),
          ...(email !== undefined && { emails: [email] }),
          ...(interest !== undefined && { llm_context: { key_interests: [interest] } }),
        },
        token,
      );
      return NOTHING;
    },
    async remove(contactId, token) {
      if (!(await living(contactId))) return null;
      await bigquery(`CALL \`${dataset}.delete_contact\`(${contactId}, @token)`, { token });
      return NOTHING;
    },
    async revive(contactId, token, name) {
      if (await living(contactId)) return null;
      await edit(
        contactId,
        {
          ...{ canonical_name: `${GIVEN_NAME} ${name}`, given_name: GIVEN_NAME, family_name: name },
          job_title: token,
        },
        token,
      );
      return NOTHING;
    },
  };
}
