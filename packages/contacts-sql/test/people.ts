import { type ColumnMapping, DEFAULT_MAPPING, type TableMapping } from '../src/index.ts';

const all = (column: string): ColumnMapping => ({ column, holds: 'all' });
const first = (column: string): ColumnMapping => ({ column, holds: 'first' });

/** A table as somebody's own application has it, with rows in it, an audit trigger and rules of its own. */
export const PEOPLE = `
  create schema crm;
  create table crm.tenants (id integer primary key);
  insert into crm.tenants values (1), (2);
  create table crm.people (
    id uuid primary key default gen_random_uuid(),
    full_name text not null,
    email text,
    phone varchar(40) not null default '',
    tags text[] not null default '{}',
    notes text,
    company text,
    created_at timestamptz not null default now(),
    tenant integer not null default 1 references crm.tenants,
    unique (tenant, email)
  );
  create table public.audit (at timestamptz default now(), what text, who uuid);
  create function crm.audit() returns trigger language plpgsql as
    $$ begin insert into audit (what, who) values (tg_op, new.id); return null; end $$;
  create trigger audit after insert or update on crm.people for each row execute function crm.audit();
  alter table crm.people enable row level security;
  create policy own_tenant on crm.people using (tenant = 1);
  insert into crm.people (full_name, email, phone, tags, notes, company, tenant) values
    ('Ada Lovelace', 'ada@example.org', '+441', '{math}', 'met in 1833', 'Analytical', 1),
    ('Grace Hopper', null, '', '{}', null, null, 2),
    ('Mary Somerville', 'mary@example.org', '+442', '{astro,math}', 'tutor', null, 2);
`;

export const PEOPLE_MAPPING: TableMapping = {
  adopt: true,
  table: 'crm.people',
  id: 'id',
  columns: {
    canonical_name: all('full_name'),
    given_name: null,
    family_name: null,
    emails: first('email'),
    phones: first('phone'),
    organization: all('company'),
    job_title: null,
    linkedin_url: null,
    category_code: null,
    subcategory_code: null,
    llm_context: all('llm_context'),
  },
  sync: { ...DEFAULT_MAPPING.sync },
};

/** Everything of the catalog that a table's owner would notice, to compare before and after. */
export const CATALOG = `
  select jsonb_build_object(
    'columns', (select jsonb_agg(to_jsonb(a) - 'attrelid' order by a.attrelid, a.attnum)
      from pg_attribute a join pg_class c on c.oid = a.attrelid
      where c.relnamespace not in (select oid from pg_namespace where nspname like 'pg\\_%' or nspname = 'information_schema')),
    'defaults', (select jsonb_agg(pg_get_expr(adbin, adrelid) order by oid) from pg_attrdef),
    'classes', (select jsonb_agg(jsonb_build_array(oid::text, relname, relacl, relrowsecurity, relfilenode::text) order by oid)
      from pg_class where relnamespace not in (select oid from pg_namespace where nspname like 'pg\\_%')),
    'constraints', (select jsonb_agg(pg_get_constraintdef(oid) order by oid) from pg_constraint),
    'triggers', (select jsonb_agg(tgname order by oid) from pg_trigger where not tgisinternal),
    'policies', (select jsonb_agg(to_jsonb(p) order by p.oid) from pg_policy p),
    'functions', (select jsonb_agg(jsonb_build_array(proname, prosrc, proacl) order by oid) from pg_proc
      where pronamespace not in (select oid from pg_namespace where nspname like 'pg\\_%')),
    'namespaces', (select jsonb_agg(nspname order by oid) from pg_namespace)
  ) as catalog`;
