-- What contact-sync keeps in a schema of its own, beside the table of the contacts.
--
-- Invariants:
--   T1  a contact's primary key is its record id: it is never changed, and one that was counted up is never used again
--       for another contact. A random one that is inserted again by hand is the same record come back.
--   T2  contact_id is null (not heard of by the hub yet) or the canonical decimal form of an INT64; it never changes.
--   T3  content columns take whatever a user writes: the hub dead-letters what is no contact and says why.
--   T4  a contact that was deleted physically has a row in contact_sync.tombstones with the rank of its deletion.
--   T5  a column that is empty because nobody brought its value yet is told apart from one that was emptied: its field
--       is in contact_sync.incomplete until the hub or somebody else has filled it.
--   T6  every statement here can be run again and then changes nothing.
select pg_advisory_xact_lock(hashtextextended('contact_sync install', 0));

create schema if not exists contact_sync;

create table if not exists contact_sync.schema_version (
  version integer primary key,
  installed_at timestamptz not null default clock_timestamp()
);

-- What all the rest was made for: the mapping, the types that were found, and the columns that were added to a table
-- which was there before. Version 1 knew but one mapping and has no row here.
create table if not exists contact_sync.mapping (
  one boolean primary key default true check (one),
  mapping jsonb not null,
  mapping_hash text not null,
  shape jsonb not null,
  added text[] not null
);

do $$
declare
  home jsonb := coalesce(
    (select m.mapping from contact_sync.mapping m),
    (select '{"table": "public.contacts", "adopt": false}'::jsonb from contact_sync.schema_version limit 1)
  );
begin
  if home is null and to_regclass({{'table'}}) is not null and not {{adopt}} then
    raise exception 'a table of that name exists already and is not contact-sync''s' using errcode = 'CS001';
  end if;
  if exists (select from contact_sync.schema_version where version > {{schema version}}) then
    raise exception 'the schema contact_sync was installed by a newer contact-sync' using errcode = 'CS002';
  end if;
  if home ->> 'table' <> {{mapping}}::jsonb ->> 'table' or home -> 'adopt' <> {{mapping}}::jsonb -> 'adopt' then
    raise exception 'contact-sync keeps its contacts in another table here' using errcode = 'CS001';
  end if;
end
$$;

-- Who is editing: the user of a PostgREST request, else the role in force, also inside a security definer function.
create or replace function contact_sync.editor() returns text
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(
    nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub', ''),
    nullif(current_setting('role', true), 'none'),
    session_user::text
  )
$$;

-- Edits that the hub has not acknowledged. Read and acknowledged by id: ids are given before the commit, so a reader
-- of "id > last seen" would miss those that are committed late.
create table if not exists contact_sync.outbox (
  id bigint generated always as identity primary key,
  record_id {{id type}} {{id collation}} not null,
  op text not null check (op in ('insert', 'update', 'delete')),
  record jsonb not null,
  created_at timestamptz not null default clock_timestamp()
);

-- What is left of rows that are gone. contact_id is null for one that was deleted before the hub named it.
create table if not exists contact_sync.tombstones (
  record_id {{id type}} {{id collation}} primary key,
  contact_id text unique,
  version bigint not null,
  last_updated timestamptz not null,
  last_updated_by text not null
);

-- Rows that the hub has not written since the table holds these fields of a contact, and nobody has filled them in.
-- Empty but for the time after a mapping has grown.
create table if not exists contact_sync.incomplete (
  record_id {{id type}} {{id collation}} primary key,
  fields text[] not null
);
