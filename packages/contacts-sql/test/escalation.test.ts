import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { delivery, named, type Rig, rig } from './rig.ts';

/** Types that a login made for itself, called like those that the functions use: each runs what it pleases. */
const TRAPS = ['text', 'jsonb', 'json', 'timestamptz', 'regclass'].map(
  (type) => `create domain pg_temp.${type} as pg_catalog.${type} check (pg_temp.whoami(value::pg_catalog.text))`,
);

let db: Rig;
let editor: pg.Client;

beforeAll(async () => {
  db = await rig();
  editor = await db.another();
  await editor.query('create role escalating_editor');
  await db.sql(`
    grant select, insert, update, delete, truncate on contacts to escalating_editor;
    create policy everybody on contacts to escalating_editor using (true) with check (true);
    grant execute on all functions in schema public to escalating_editor`);
  await db.apply(delivery('5', { content: named('Ada') }));
  await editor.query('set role escalating_editor');
  await editor.query(`
    create function pg_temp.whoami(pg_catalog.text) returns boolean language plpgsql as $$
    begin
      if current_user <> 'escalating_editor' then raise exception 'ran as %', current_user using errcode = 'EVIL1'; end if;
      return true;
    end
    $$;
    ${TRAPS.join(';')}`);
});
afterAll(async () => {
  await editor.query('reset role');
  await db.sql('drop owned by escalating_editor; drop role escalating_editor');
  await db.close();
});

it.each([
  `insert into contacts (canonical_name, contact_id) values ('Eve', '6')`,
  `update contacts set canonical_name = 'Eve'`,
  `delete from contacts where contact_id = '6'`,
  `select contact_sync_apply('[{"contact_id": "7", "version": "1", "deleted": false, "canonical_name": "Bob",
    "last_updated": "2024-05-01T12:00:00Z", "last_updated_by": "hub", "record_id": null}]')`,
  'select contact_sync_changes(10)',
  `select contact_sync_fetch('["1"]')`,
  'select contact_sync_scan(null, 10)',
  'select contact_sync_digests()',
  `select contact_sync_scan_buckets('[1]', null, 10)`,
  `select contact_sync_ack('["1"]')`,
  'select contact_sync_schema()',
  'truncate contacts',
])('an editor with types of their own gets nobody else’s rights by: %s', async (statement) => {
  await expect(editor.query(statement)).resolves.toBeInstanceOf(pg.Result);
});
