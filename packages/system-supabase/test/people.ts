import { DEFAULT_MAPPING, type TableMapping } from '@contact-sync/contacts-sql';

/** An application's own table, open to its service role, as one finds it in projects of Supabase. */
export const PROFILES = `
  create table public.profiles (
    id uuid primary key default gen_random_uuid(),
    full_name text not null,
    email text,
    phone varchar(40),
    tags text[] not null default '{}',
    notes text,
    company text,
    created_at timestamptz not null default now(),
    tenant integer not null default 1
  );
  alter table public.profiles enable row level security;
  grant select, insert, update, delete on public.profiles to service_role;
  insert into public.profiles (full_name, email, tags, notes) values
    ('Ada Lovelace', 'ada@example.org', '{math}', 'met in 1833'), ('Grace Hopper', null, '{}', null)`;

export const PROFILES_MAPPING: TableMapping = {
  ...DEFAULT_MAPPING,
  adopt: true,
  table: 'profiles',
  columns: {
    ...DEFAULT_MAPPING.columns,
    canonical_name: { column: 'full_name', holds: 'all' },
    given_name: null,
    family_name: null,
    emails: { column: 'email', holds: 'first' },
    phones: { column: 'phone', holds: 'first' },
    organization: { column: 'company', holds: 'all' },
    linkedin_url: null,
  },
};
