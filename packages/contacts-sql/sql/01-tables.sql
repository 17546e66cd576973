-- The contacts table, and what contact-sync keeps beside it in a schema of its own.
--
-- Invariants:
--   T1  public.contacts.id is the record id: it is never changed, and never used again for another contact.
--   T2  contact_id is null (not heard of by the hub yet) or the canonical decimal form of an INT64; it never changes.
--   T3  content columns take whatever a user writes: the hub dead-letters what is no contact and says why.
--   T4  a contact that was deleted physically has a row in contact_sync.tombstones with the rank of its deletion.
--   T5  every statement here can be run again and then changes nothing.
select pg_advisory_xact_lock(hashtextextended('contact_sync install', 0));

create schema if not exists contact_sync;

create table if not exists contact_sync.schema_version (
  version integer primary key,
  installed_at timestamptz not null default clock_timestamp()
);

do $$
begin
  if not exists (select from contact_sync.schema_version) and to_regclass('public.contacts') is not null then
    raise exception 'a table public.contacts exists already and is not contact-sync''s' using errcode = 'CS001';
  end if;
  if exists (select from contact_sync.schema_version where version > 1) then
    raise exception 'the schema contact_sync was installed by a newer contact-sync' using errcode = 'CS002';
  end if;
end
$$;

-- Who is editing: the user of a PostgREST request, else the role in force, also inside a security definer function.
create or replace function contact_sync.editor() returns text
language sql stable
set search_path = ''
as $$
  select coalesce(
    nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub', ''),
    nullif(current_setting('role', true), 'none'),
    session_user::text
  )
$$;

create table if not exists public.contacts (
  id bigint generated always as identity primary key,
  contact_id text unique constraint contact_id_is_int64 check (
    case
      when contact_id ~ '^(0|-?[1-9][0-9]{0,18})$'
        then contact_id::numeric between -9223372036854775808 and 9223372036854775807
      else contact_id is null
    end
  ),
  canonical_name text,
  given_name text,
  family_name text,
  emails jsonb,
  phones jsonb,
  organization text,
  job_title text,
  linkedin_url text,
  category_code text,
  subcategory_code text,
  llm_context jsonb,
  deleted_at timestamptz,
  version bigint not null default 1,
  last_updated timestamptz not null default clock_timestamp(),
  last_updated_by text not null default contact_sync.editor()
);

-- Edits that the hub has not acknowledged. Read and acknowledged by id: ids are given before the commit, so a reader
-- of "id > last seen" would miss those that are committed late.
create table if not exists contact_sync.outbox (
  id bigint generated always as identity primary key,
  record_id bigint not null,
  op text not null check (op in ('insert', 'update', 'delete')),
  record jsonb not null,
  created_at timestamptz not null default clock_timestamp()
);

-- What is left of rows that are gone. contact_id is null for one that was deleted before the hub named it.
create table if not exists contact_sync.tombstones (
  record_id bigint primary key,
  contact_id text unique,
  version bigint not null,
  last_updated timestamptz not null,
  last_updated_by text not null
);
