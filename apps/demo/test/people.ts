/** One and the same thing, done in each system as its own people and programs do it. */
import type { System } from '@contact-sync/sync';
import { expect, vi } from 'vitest';
import type { Running } from './running.ts';

export interface Hands {
  /** @returns the record id in that system, and the contact's id once it has one */
  create(name: string, title: string): Promise<{ readonly record_id: string; contactId(): Promise<string> }>;
  edit(contactId: string, title: string): Promise<void>;
  /** As people there delete: softly where the system has it. */
  remove(contactId: string): Promise<void>;
  /** Takes a deletion back, with an edit. */
  revive(contactId: string, title: string): Promise<void>;
  /** Removes the row itself. */
  destroy?(contactId: string): Promise<void>;
  /** Whether the system shows the contact, and with which job title. */
  shows(contactId: string): Promise<string | null>;
}

const SOON = { timeout: 20_000, interval: 50 };

export function handsOn(run: Pick<Running, 'clients' | 'sandbox'>): Readonly<Record<System, Hands>> {
  const { clients } = run;
  const changed = async (sql: string, values: readonly unknown[]) => {
    const { rows } = await clients.local.query(`${sql} returning id`, values);
    expect(rows).toHaveLength(1);
  };
  const nextId = (() => {
    let last = 9_007_199_254_740_993n;
    return () => {
      last += 2n;
      return String(last);
    };
  })();
  const persons = () => run.sandbox.twenty?.people() ?? [];
  const personOf = (contactId: string) => {
    const person = persons().find((one) => one.contactId === contactId);
    if (person === undefined) throw new Error('Twenty has no such person');
    return person;
  };
  const supabase = () => clients.supabase.from('contacts');
  const updated = async (contactId: string, change: object) => {
    const { data, error } = await supabase().update(change).eq('contact_id', contactId).select('id');
    expect({ error, rows: data?.length }).toEqual({ error: null, rows: 1 });
  };
  const named = (ask: () => Promise<unknown>) => () =>
    vi.waitFor(async () => {
      const contactId = await ask();
      if (typeof contactId !== 'string' || contactId === '') throw new Error('not named yet');
      return contactId;
    }, SOON);
  const analyst = (sql: string, edit?: object) =>
    clients.bigquery(sql, edit === undefined ? undefined : { edit: JSON.stringify(edit) });

  return {
    local: {
      async create(name, title) {
        const sql = 'insert into contacts (canonical_name, job_title) values ($1, $2) returning id';
        const { rows } = await clients.local.query(sql, [name, title]);
        const record_id = String(rows[0]?.id);
        const contactId = named(
          async () =>
            (await clients.local.query('select contact_id from contacts where id = $1', [record_id])).rows[0]
              ?.contact_id,
        );
        return { record_id, contactId };
      },
      edit: (id, title) => changed('update contacts set job_title = $2 where contact_id = $1', [id, title]),
      remove: (id) => changed('update contacts set deleted_at = last_updated where contact_id = $1', [id]),
      revive: (id, title) =>
        changed('update contacts set deleted_at = null, job_title = $2 where contact_id = $1', [id, title]),
      destroy: (id) => changed('delete from contacts where contact_id = $1', [id]),
      async shows(id) {
        const sql = 'select job_title from contacts where contact_id = $1 and deleted_at is null';
        const title = (await clients.local.query(sql, [id])).rows[0]?.job_title;
        return typeof title === 'string' ? title : null;
      },
    },
    supabase: {
      async create(name, title) {
        const row = { canonical_name: name, job_title: title };
        const { data, error } = await supabase().insert(row).select('id').single();
        expect(error).toBeNull();
        const record_id = String(data?.id);
        return {
          record_id,
          contactId: named(
            async () => (await supabase().select('contact_id').eq('id', record_id).single()).data?.contact_id,
          ),
        };
      },
      edit: (id, title) => updated(id, { job_title: title }),
      remove: (id) => updated(id, { deleted_at: new Date().toISOString() }),
      revive: (id, title) => updated(id, { deleted_at: null, job_title: title }),
      async destroy(id) {
        expect((await supabase().delete().eq('contact_id', id).select('id')).data).toHaveLength(1);
      },
      async shows(id) {
        const { data } = await supabase().select('job_title').eq('contact_id', id).is('deleted_at', null);
        return data?.[0]?.job_title ?? null;
      },
    },
    twenty: {
      async create(name, title) {
        const [firstName, ...last] = name.split(' ');
        await clients.twenty('POST', '/people', { name: { firstName, lastName: last.join(' ') }, jobTitle: title });
        const find = () => persons().find((one) => one.jobTitle === title);
        return { record_id: String(find()?.id), contactId: named(async () => find()?.contactId) };
      },
      edit: async (id, title) =>
        void (await clients.twenty('PATCH', `/people/${personOf(id).id}`, { jobTitle: title })),
      remove: async (id) => void (await clients.twenty('DELETE', `/people/${personOf(id).id}?soft_delete=true`)),
      async revive(id, title) {
        const filter = encodeURIComponent(`id[eq]:"${personOf(id).id}"`);
        await clients.twenty('PATCH', `/restore/people?filter=${filter}`);
        await clients.twenty('PATCH', `/people/${personOf(id).id}`, { jobTitle: title });
      },
      destroy: async (id) => void (await clients.twenty('DELETE', `/people/${personOf(id).id}`)),
      async shows(id) {
        const person = persons().find((one) => one.contactId === id && !one.deletedAt);
        return typeof person?.jobTitle === 'string' ? person.jobTitle : null;
      },
    },
    bigquery: {
      async create(name, title) {
        const id = nextId();
        const edit = { canonical_name: name, job_title: title };
        await analyst(`CALL \`contacts.edit_contact\`(${id}, PARSE_JSON(@edit), 'ann@example.com')`, edit);
        return { record_id: id, contactId: async () => id };
      },
      edit: async (id, title) =>
        void (await analyst(`CALL \`contacts.edit_contact\`(${id}, PARSE_JSON(@edit), 'ann@example.com')`, {
          job_title: title,
        })),
      remove: async (id) => void (await analyst(`CALL \`contacts.delete_contact\`(${id}, 'ann@example.com')`)),
      revive: async (id, title) =>
        void (await analyst(`CALL \`contacts.edit_contact\`(${id}, PARSE_JSON(@edit), 'ann@example.com')`, {
          canonical_name: 'Back Again',
          job_title: title,
        })),
      async shows(id) {
        const [row] = await analyst(`SELECT job_title FROM contacts.contacts WHERE contact_id = ${id}`);
        return typeof row?.job_title === 'string' ? row.job_title : null;
      },
    },
  };
}
