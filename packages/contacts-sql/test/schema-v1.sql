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

-- What happens when somebody else than the hub writes to public.contacts.
--
-- Invariants:
--   E1  an edit raises version by exactly one over the row it changes, whatever version the user supplied; an insert has
--       version 1, or one above the tombstone of the same contact; so has a row that is given the contact_id of one.
--   E2  a statement that changes neither content nor deletion is no edit: same version, same last_updated, no outbox.
--   E3  each edit has one outbox row, of the same transaction, that holds the contact as this edit left it.
--   E4  writes with app.sync_origin = 'hub' pass unchanged and leave no outbox row.
--   E5  no row goes away without a tombstone, not even by TRUNCATE.
--   E6  no contact_id has a row and a tombstone at once.
--   E7  last_updated stays within the years 1 to 9999, which every system can store.

create or replace function contact_sync.by_hub() returns boolean
language sql stable
set search_path = ''
as $$
  select coalesce(current_setting('app.sync_origin', true), '') = 'hub'
$$;

-- UTC with six digits: a JavaScript Date would lose the last three, and PostgREST drops trailing zeros.
create or replace function contact_sync.utc(at timestamptz) returns text
language sql stable
set search_path = ''
as $$
  select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- A row as it leaves the database: 64-bit numbers and timestamps as text, so that nothing is rounded on the way.
create or replace function contact_sync.snapshot(c public.contacts) returns jsonb
language sql stable
set search_path = ''
as $$
  select jsonb_build_object(
    'record_id', c.id::text,
    'contact_id', c.contact_id,
    'version', c.version::text,
    'last_updated', contact_sync.utc(c.last_updated),
    'last_updated_by', c.last_updated_by,
    'deleted', c.deleted_at is not null,
    'canonical_name', c.canonical_name,
    'given_name', c.given_name,
    'family_name', c.family_name,
    'emails', c.emails,
    'phones', c.phones,
    'organization', c.organization,
    'job_title', c.job_title,
    'linkedin_url', c.linkedin_url,
    'category_code', c.category_code,
    'subcategory_code', c.subcategory_code,
    'llm_context', c.llm_context
  )
$$;

create or replace function contact_sync.snapshot(t contact_sync.tombstones) returns jsonb
language sql stable
set search_path = ''
as $$
  select jsonb_build_object(
    'record_id', t.record_id::text,
    'contact_id', t.contact_id,
    'version', t.version::text,
    'last_updated', contact_sync.utc(t.last_updated),
    'last_updated_by', t.last_updated_by,
    'deleted', true
  )
$$;

create or replace function contact_sync.storable(at timestamptz) returns timestamptz
language sql volatile
set search_path = ''
as $$
  select case
    when at between '0001-01-01 00:00:00+00' and '9999-12-31 23:59:59.999999+00' then at
    else clock_timestamp()
  end
$$;

create or replace function contact_sync.stamp_insert() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  buried contact_sync.tombstones;
begin
  if contact_sync.by_hub() then
    return new;
  end if;
  new.version := 1;
  new.last_updated := contact_sync.storable(new.last_updated);
  new.last_updated_by := coalesce(new.last_updated_by, contact_sync.editor());
  select t.* into buried from contact_sync.tombstones t where t.contact_id = new.contact_id;
  if found then
    -- The contact comes back under its old record id, so that the hub's link still holds.
    new.id := buried.record_id;
    new.version := buried.version + 1;
  else
    -- A restarted sequence, or a copied row, would bring back the id of a contact that is gone (T1).
    while exists (select from contact_sync.tombstones t where t.record_id = new.id) loop
      new.id := nextval(pg_get_serial_sequence('public.contacts', 'id'));
    end loop;
  end if;
  return new;
end
$$;

create or replace function contact_sync.stamp_update() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  if contact_sync.by_hub() then
    return new;
  end if;
  new.id := old.id;
  new.contact_id := coalesce(old.contact_id, new.contact_id);
  if (
    new.contact_id, new.deleted_at is null, new.canonical_name, new.given_name, new.family_name, new.emails,
    new.phones, new.organization, new.job_title, new.linkedin_url, new.category_code, new.subcategory_code,
    new.llm_context
  ) is not distinct from (
    old.contact_id, old.deleted_at is null, old.canonical_name, old.given_name, old.family_name, old.emails,
    old.phones, old.organization, old.job_title, old.linkedin_url, old.category_code, old.subcategory_code,
    old.llm_context
  ) then
    new.version := old.version;
    new.last_updated := old.last_updated;
    new.last_updated_by := old.last_updated_by;
    return new;
  end if;
  new.version := old.version + 1;
  if old.contact_id is null and new.contact_id is not null then
    select greatest(new.version, t.version + 1) into new.version
    from (values (new.contact_id)) as named (contact_id)
    left join contact_sync.tombstones t on t.contact_id = named.contact_id;
  end if;
  -- Programs that work offline bring the time and the author of their edit; everybody else gets them from here.
  new.last_updated := contact_sync.storable(nullif(new.last_updated, old.last_updated));
  new.last_updated_by := coalesce(nullif(new.last_updated_by, old.last_updated_by), contact_sync.editor());
  return new;
end
$$;

create or replace function contact_sync.record_insert() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  delete from contact_sync.tombstones t
  using inserted n
  where
    t.contact_id = n.contact_id
    and (not contact_sync.by_hub() or (t.version, t.last_updated) < (n.version, n.last_updated));
  if contact_sync.by_hub() then
    return null;
  end if;
  insert into contact_sync.outbox (record_id, op, record)
  select n.id, 'insert', contact_sync.snapshot(row(n.*)::public.contacts)
  from inserted n
  order by n.id;
  if found then
    perform pg_notify('contact_sync', '');
  end if;
  return null;
end
$$;

create or replace function contact_sync.record_update() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  if contact_sync.by_hub() then
    return null;
  end if;
  delete from contact_sync.tombstones t
  using edited n
  where t.contact_id = n.contact_id;
  insert into contact_sync.outbox (record_id, op, record)
  select n.id, 'update', contact_sync.snapshot(row(n.*)::public.contacts)
  from edited n
  join before_edit o on o.id = n.id
  where n.version <> o.version
  order by n.id;
  if found then
    perform pg_notify('contact_sync', '');
  end if;
  return null;
end
$$;

-- Buries rows that a user removes. One that was soft-deleted before is no news: it keeps the rank it has.
create or replace function contact_sync.bury(removed public.contacts[]) returns void
language plpgsql
set search_path = ''
as $$
begin
  if contact_sync.by_hub() or removed is null then
    return;
  end if;
  with
    gone as (
      select
        c as was,
        c.id,
        c.contact_id,
        c.deleted_at is null as live,
        case when c.deleted_at is null then c.version + 1 else c.version end as version,
        case when c.deleted_at is null then clock_timestamp() else c.last_updated end as last_updated,
        case when c.deleted_at is null then contact_sync.editor() else c.last_updated_by end as last_updated_by
      from unnest(removed) c
    ),
    tombstone as (
      insert into contact_sync.tombstones as t (record_id, contact_id, version, last_updated, last_updated_by)
      select g.id, g.contact_id, g.version, g.last_updated, g.last_updated_by
      from gone g
      order by g.id
      on conflict (record_id) do update
      set
        contact_id = excluded.contact_id,
        version = excluded.version,
        last_updated = excluded.last_updated,
        last_updated_by = excluded.last_updated_by
    )
  insert into contact_sync.outbox (record_id, op, record)
  select
    g.id,
    'delete',
    contact_sync.snapshot(g.was) || jsonb_build_object(
      'version', g.version::text,
      'last_updated', contact_sync.utc(g.last_updated),
      'last_updated_by', g.last_updated_by,
      'deleted', true
    )
  from gone g
  where g.live
  order by g.id;
  if found then
    perform pg_notify('contact_sync', '');
  end if;
end
$$;

create or replace function contact_sync.record_delete() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform contact_sync.bury(array_agg(row(o.*)::public.contacts)) from removed o;
  return null;
end
$$;

create or replace function contact_sync.record_truncate() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform contact_sync.bury(array_agg(c)) from public.contacts c;
  return null;
end
$$;

-- RESTART IDENTITY would hand out the same record ids again (T1). The table is locked for everybody else meanwhile.
create or replace function contact_sync.keep_identity() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  highest bigint := (select max(t.record_id) from contact_sync.tombstones t);
  next_id bigint := nextval(pg_get_serial_sequence('public.contacts', 'id'));
begin
  if highest >= next_id then
    perform setval(pg_get_serial_sequence('public.contacts', 'id'), highest);
  end if;
  return null;
end
$$;

-- Triggers of one kind fire in the order of their names; the stamp comes after those of the table's users, which may
-- still change the content.
create or replace trigger zz_contact_sync_stamp_insert before insert on public.contacts
for each row execute function contact_sync.stamp_insert();

create or replace trigger zz_contact_sync_stamp_update before update on public.contacts
for each row execute function contact_sync.stamp_update();

create or replace trigger zz_contact_sync_insert after insert on public.contacts
referencing new table as inserted for each statement execute function contact_sync.record_insert();

create or replace trigger zz_contact_sync_update after update on public.contacts
referencing old table as before_edit new table as edited for each statement execute function contact_sync.record_update();

create or replace trigger zz_contact_sync_delete after delete on public.contacts
referencing old table as removed for each statement execute function contact_sync.record_delete();

create or replace trigger zz_contact_sync_truncate before truncate on public.contacts
for each statement execute function contact_sync.record_truncate();

create or replace trigger zz_contact_sync_truncated after truncate on public.contacts
for each statement execute function contact_sync.keep_identity();

-- How the hub writes.
--
-- Invariants:
--   A1  a row or tombstone is overwritten only by a higher rank (version, last_updated): the result does not depend on
--       the order, the repetition or the timing of calls.
--   A2  equal rank: 'unchanged' if the content is the same too, else 'ahead' and nothing is written.
--   A3  a contact is found by contact_id, else by the record id of a row that nobody named yet, which is then named,
--       whether or not it outranks what came.
--   A4  a tombstone sets deleted_at and keeps the content, so that whoever clears deleted_at has the contact back. A
--       tombstone for a contact that never was here leaves no row, only its rank.
--   A5  a contact that was deleted physically comes back only by a higher rank, and under its old record id.
--   A6  one bad row never fails the others, and one that a user has locked is given up after lock_timeout.
--   A7  locks are taken in key order: rows by id, tombstones by record id, new rows by contact_id. Batches with contacts
--       that have no row yet go one after the other: each would hold some of its own and wait for one of the other's.

do $$
begin
  if to_regtype('contact_sync.delivery') is null then
    create type contact_sync.delivery as (
      contact_id text,
      record_id bigint,
      version bigint,
      last_updated timestamptz,
      last_updated_by text,
      deleted boolean,
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
      llm_context jsonb
    );
  end if;
end
$$;

-- The deliveries of a call, one for each contact: the highest ranked.
create or replace function contact_sync.deliveries(rows jsonb) returns contact_sync.delivery[]
language sql stable
set search_path = ''
as $$
  select array_agg(given.delivery order by (given.delivery).contact_id)
  from (
    select distinct on (r.contact_id) r as delivery
    from jsonb_populate_recordset(null::contact_sync.delivery, rows) r
    order by r.contact_id, r.version desc, r.last_updated desc
  ) given
$$;

-- Writes a batch as the hub and returns {contact_id: {outcome, record_id}}. Any error fails the whole batch.
create or replace function contact_sync.write(batch contact_sync.delivery[]) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  outcomes jsonb := '{}';
  fresh bigint[];
begin
  if exists (
    select
    from unnest(batch) i
    where not exists (select from public.contacts c where c.contact_id = i.contact_id)
  ) then
    perform pg_advisory_xact_lock(hashtextextended('contact_sync new contacts', 0));
  end if;

  -- A second round is needed only when somebody inserted or removed one of these contacts during the first.
  for round in 1..5 loop
    perform
    from public.contacts c
    where c.id in (
      select o.id from unnest(batch) i join public.contacts o on o.contact_id = i.contact_id
      union
      select i.record_id from unnest(batch) i
    )
    order by c.id
    for no key update of c;

    perform
    from contact_sync.tombstones t
    where t.record_id in (
      select o.record_id from unnest(batch) i join contact_sync.tombstones o on o.contact_id = i.contact_id
      union
      select i.record_id from unnest(batch) i
    )
    order by t.record_id
    for update of t;

    -- Rows and tombstones that were born here get their name. Of two contacts that claim one row, one gets it, and the
    -- other is inserted below.
    with named as (
      update public.contacts c
      set contact_id = i.contact_id
      from unnest(batch) i
      where
        c.id = i.record_id
        and c.contact_id is null
        and not exists (select from public.contacts o where o.contact_id = i.contact_id)
        and not exists (
          select from contact_sync.tombstones o
          where o.contact_id = i.contact_id and (o.version, o.last_updated) >= (i.version, i.last_updated)
        )
      returning c.contact_id
    )
    delete from contact_sync.tombstones t
    using named
    where t.contact_id = named.contact_id;

    update contact_sync.tombstones t
    set contact_id = i.contact_id
    from unnest(batch) i
    where
      t.record_id = i.record_id
      and t.contact_id is null
      and not exists (select from public.contacts o where o.contact_id = i.contact_id)
      and not exists (select from contact_sync.tombstones o where o.contact_id = i.contact_id);

    with written as (
      update public.contacts c
      set
        canonical_name = case when i.deleted then c.canonical_name else i.canonical_name end,
        given_name = case when i.deleted then c.given_name else i.given_name end,
        family_name = case when i.deleted then c.family_name else i.family_name end,
        emails = case when i.deleted then c.emails else i.emails end,
        phones = case when i.deleted then c.phones else i.phones end,
        organization = case when i.deleted then c.organization else i.organization end,
        job_title = case when i.deleted then c.job_title else i.job_title end,
        linkedin_url = case when i.deleted then c.linkedin_url else i.linkedin_url end,
        category_code = case when i.deleted then c.category_code else i.category_code end,
        subcategory_code = case when i.deleted then c.subcategory_code else i.subcategory_code end,
        llm_context = case when i.deleted then c.llm_context else i.llm_context end,
        deleted_at = case when i.deleted then coalesce(c.deleted_at, i.last_updated) end,
        version = i.version,
        last_updated = i.last_updated,
        last_updated_by = i.last_updated_by
      from unnest(batch) i
      where
        c.contact_id = i.contact_id
        and (c.version, c.last_updated) < (i.version, i.last_updated)
        and not outcomes ? i.contact_id
      returning c.contact_id, c.id
    )
    select outcomes || coalesce(jsonb_object_agg(w.contact_id, contact_sync.outcome('applied', w.id)), '{}')
    into outcomes
    from written w;

    -- New contacts, and those that come back. A tombstone for a contact that is not known here is inserted too and
    -- removed below: for that moment it holds the unique contact_id against everybody else who would insert it.
    with written as (
      insert into public.contacts (
        id, contact_id, canonical_name, given_name, family_name, emails, phones, organization, job_title,
        linkedin_url, category_code, subcategory_code, llm_context, deleted_at, version, last_updated, last_updated_by
      )
      overriding system value
      select
        coalesce(t.record_id, nextval(pg_get_serial_sequence('public.contacts', 'id'))),
        i.contact_id, i.canonical_name, i.given_name, i.family_name, i.emails, i.phones, i.organization, i.job_title,
        i.linkedin_url, i.category_code, i.subcategory_code, i.llm_context,
        case when i.deleted then i.last_updated end, i.version, i.last_updated, i.last_updated_by
      from unnest(batch) i
      left join contact_sync.tombstones t on t.contact_id = i.contact_id
      where
        not outcomes ? i.contact_id
        and not exists (select from public.contacts c where c.contact_id = i.contact_id)
        and (
          t.record_id is null
          or (not i.deleted and (t.version, t.last_updated) < (i.version, i.last_updated))
        )
      order by i.contact_id
      on conflict (contact_id) do nothing
      returning contact_id, id
    )
    select
      outcomes || coalesce(jsonb_object_agg(w.contact_id, contact_sync.outcome('applied', w.id)), '{}'),
      array_agg(w.id)
    into outcomes, fresh
    from written w;

    -- The insert may have waited for a user who was deleting the same contact: that deletion is visible only now.
    with
      revived as (
        delete from public.contacts c
        using contact_sync.tombstones t
        where
          c.id = any (fresh)
          and t.contact_id = c.contact_id
          and (t.version, t.last_updated) >= (c.version, c.last_updated)
        returning c.contact_id
      )
    select outcomes - coalesce(array_agg(r.contact_id), '{}') into outcomes from revived r;

    with
      claims as (
        delete from public.contacts c
        using unnest(batch) i
        where c.id = any (fresh) and c.contact_id = i.contact_id and i.deleted
        returning c.id, c.contact_id, c.version, c.last_updated, c.last_updated_by
      )
    insert into contact_sync.tombstones (record_id, contact_id, version, last_updated, last_updated_by)
    select c.id, c.contact_id, c.version, c.last_updated, c.last_updated_by
    from claims c
    order by c.id;

    with written as (
      update contact_sync.tombstones t
      set version = i.version, last_updated = i.last_updated, last_updated_by = i.last_updated_by
      from unnest(batch) i
      where
        t.contact_id = i.contact_id
        and i.deleted
        and (t.version, t.last_updated) < (i.version, i.last_updated)
        and not outcomes ? i.contact_id
      returning t.contact_id, t.record_id
    )
    select outcomes || coalesce(jsonb_object_agg(w.contact_id, contact_sync.outcome('applied', w.record_id)), '{}')
    into outcomes
    from written w;

    select
      outcomes || coalesce(
        jsonb_object_agg(s.contact_id, contact_sync.outcome(case when s.same then 'unchanged' else 'ahead' end, s.id)),
        '{}'
      )
    into outcomes
    from (
      select
        i.contact_id,
        c.id,
        (c.version, c.last_updated) = (i.version, i.last_updated)
        and (c.deleted_at is not null) = i.deleted
        and (
          i.deleted
          or (
            c.canonical_name, c.given_name, c.family_name, c.emails, c.phones, c.organization, c.job_title,
            c.linkedin_url, c.category_code, c.subcategory_code, c.llm_context
          ) is not distinct from (
            i.canonical_name, i.given_name, i.family_name, i.emails, i.phones, i.organization, i.job_title,
            i.linkedin_url, i.category_code, i.subcategory_code, i.llm_context
          )
        ) as same
      from unnest(batch) i
      join public.contacts c on c.contact_id = i.contact_id
      where not outcomes ? i.contact_id and (c.version, c.last_updated) >= (i.version, i.last_updated)
      union all
      select
        i.contact_id,
        t.record_id,
        (t.version, t.last_updated) = (i.version, i.last_updated) and i.deleted
      from unnest(batch) i
      join contact_sync.tombstones t on t.contact_id = i.contact_id
      where not outcomes ? i.contact_id and (t.version, t.last_updated) >= (i.version, i.last_updated)
    ) s;

    if (select count(*) from jsonb_object_keys(outcomes)) >= coalesce(cardinality(batch), 0) then
      return outcomes;
    end if;
  end loop;
  raise exception 'contacts of this batch kept coming and going' using errcode = 'serialization_failure';
end
$$;

create or replace function contact_sync.outcome(outcome text, record_id bigint) returns jsonb
language sql immutable
set search_path = ''
as $$
  select jsonb_build_object('outcome', outcome, 'record_id', record_id::text)
$$;

-- Brings the hub's versions here. rows: an array of objects with the fields of contact_sync.delivery, 64-bit numbers
-- as text. Returns an array of {contact_id, outcome: 'applied' | 'unchanged' | 'ahead', record_id} or {contact_id,
-- outcome: 'failed', sqlstate, constraint, column}, one for each contact.
create or replace function public.contact_sync_apply(rows jsonb) returns jsonb
language plpgsql volatile
security definer
set search_path = ''
set lock_timeout = '2s'
set statement_timeout = '30s'
as $$
declare
  outer_origin text := coalesce(current_setting('app.sync_origin', true), '');
  outcomes jsonb;
  single jsonb;
  name text;
  state text;
  constraint_name text;
  column_name text;
begin
  perform set_config('app.sync_origin', 'hub', true);
  begin
    outcomes := contact_sync.write(contact_sync.deliveries(rows));
  exception
    when others then
      outcomes := '{}';
      -- Whoever is still waited for has had the two seconds above.
      perform set_config('lock_timeout', '50ms', true);
      for single in select value from jsonb_array_elements(rows) order by value ->> 'contact_id' loop
        name := coalesce(single ->> 'contact_id', '');
        continue when outcomes -> name ->> 'outcome' = 'applied';
        begin
          outcomes := outcomes || contact_sync.write(contact_sync.deliveries(jsonb_build_array(single)));
        exception
          when others then
            get stacked diagnostics
              state = returned_sqlstate,
              constraint_name = constraint_name,
              column_name = column_name;
            outcomes := outcomes || jsonb_build_object(
              name,
              jsonb_build_object(
                'outcome', 'failed', 'sqlstate', state, 'constraint', constraint_name, 'column', column_name
              )
            );
        end;
      end loop;
  end;
  perform set_config('app.sync_origin', outer_origin, true);
  return (
    select coalesce(jsonb_agg(o.value || jsonb_build_object('contact_id', o.key)), '[]') from jsonb_each(outcomes) o
  );
end
$$;

-- How the hub reads. Each function returns one jsonb: PostgREST cuts a set of rows off at db-max-rows, silently.
--
-- Invariants:
--   R1  changes() tells every committed edit that is not acknowledged, each time the same, oldest first; ack() forgets
--       exactly the ids it is given. There is no cursor: ids are handed out before the commit and may appear late.
--   R2  a contact that was deleted physically is told as a record that is deleted, with the rank of its deletion.
--   R3  an answer holds at least one entry if there is any, and stops growing at about 8 MB.

create or replace function public.contact_sync_schema() returns jsonb
language sql stable
security definer
set search_path = ''
as $$
  select to_jsonb(max(v.version)) from contact_sync.schema_version v
$$;

-- → {changes: [{id, record_id, op, record, created_at}], more}
create or replace function public.contact_sync_changes(max integer) returns jsonb
language sql stable
security definer
set search_path = ''
as $$
  with
    oldest as (
      select o.*, sum(pg_column_size(o.record)) over (order by o.id) - pg_column_size(o.record) as before
      from (select * from contact_sync.outbox order by id limit least(greatest(max, 1), 10000)) o
    ),
    page as (
      select * from oldest where before < 8 * 1024 * 1024
    )
  select jsonb_build_object(
    'changes', coalesce(
      jsonb_agg(
        jsonb_build_object(
          'id', p.id::text,
          'record_id', p.record_id::text,
          'op', p.op,
          'record', p.record,
          'created_at', contact_sync.utc(p.created_at)
        )
        order by p.id
      ),
      '[]'
    ),
    'more', exists (select from contact_sync.outbox o where o.id > (select max(l.id) from page l))
  )
  from page p
$$;

-- Forgets the outbox entries with these ids (an array of text) and returns how many there were.
create or replace function public.contact_sync_ack(ids jsonb) returns jsonb
language sql volatile
security definer
set search_path = ''
as $$
  with gone as (
    delete from contact_sync.outbox o
    where o.id in (select key::bigint from jsonb_array_elements_text(ids) as key where key ~ '^[0-9]{1,18}$')
    returning o.id
  )
  select to_jsonb(count(*)) from gone
$$;

-- The records with these ids (an array of text) as they stand now; those that never were are left out.
create or replace function public.contact_sync_fetch(ids jsonb) returns jsonb
language sql stable
security definer
set search_path = ''
as $$
  with
    wanted as (
      select distinct key::bigint as id from jsonb_array_elements_text(ids) as key where key ~ '^[0-9]{1,18}$'
    )
  select coalesce(jsonb_agg(r.record), '[]')
  from (
    select contact_sync.snapshot(c) as record from wanted w join public.contacts c on c.id = w.id
    union all
    select contact_sync.snapshot(t)
    from wanted w
    join contact_sync.tombstones t on t.record_id = w.id
    where not exists (select from public.contacts c where c.id = w.id)
  ) r
$$;

-- → {records: [...], cursor}: the records with ids above "after" (null: from the start); cursor null at the end.
create or replace function public.contact_sync_scan(after text, max integer) returns jsonb
language sql stable
security definer
set search_path = ''
as $$
  with
    start as (
      select coalesce(after::bigint, -1) as id, least(greatest(max, 1), 10000) as size
    ),
    candidates as (
      (
        select c.id, contact_sync.snapshot(c) as record
        from public.contacts c
        where c.id > (select s.id from start s)
        order by c.id
        limit (select s.size from start s)
      )
      union all
      (
        select t.record_id, contact_sync.snapshot(t)
        from contact_sync.tombstones t
        where t.record_id > (select s.id from start s)
          and not exists (select from public.contacts c where c.id = t.record_id)
        order by t.record_id
        limit (select s.size from start s)
      )
    ),
    sized as (
      select
        c.*,
        row_number() over (order by c.id) as nth,
        sum(octet_length(c.record::text)) over (order by c.id) - octet_length(c.record::text) as before
      from candidates c
    ),
    page as (
      select p.* from sized p, start s where p.nth <= s.size and p.before < 8 * 1024 * 1024
    ),
    last as (
      select max(p.id) as id from page p
    )
  select jsonb_build_object(
    'records', coalesce((select jsonb_agg(p.record order by p.id) from page p), '[]'),
    'cursor', (
      select l.id::text
      from last l
      where
        exists (select from public.contacts c where c.id > l.id)
        or exists (select from contact_sync.tombstones t where t.record_id > l.id)
    )
  )
$$;

-- Who may do what.
--
-- Invariants:
--   G1  nobody but the owner reaches the schema contact_sync; its functions that users' statements run are triggers and
--       defaults.
--   G2  the hub's functions are executable by the owner and, on Supabase, by service_role alone.
--   G3  row level security is on, without a policy: what anon and authenticated may see of the contacts is for the
--       project's owner to say. Grants and policies that were added by hand stay when this is run again.
revoke all on schema contact_sync from public;
revoke all on all tables in schema contact_sync from public;

alter table public.contacts enable row level security;
alter table contact_sync.outbox enable row level security;
alter table contact_sync.tombstones enable row level security;
alter table contact_sync.schema_version enable row level security;

do $$
declare
  grantee text;
  hub_function regprocedure;
  first_time boolean := not exists (select from contact_sync.schema_version);
begin
  for hub_function in
    select p.oid::regprocedure
    from pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.proname like 'contact\_sync\_%'
  loop
    execute format('revoke all on function %s from public', hub_function);
    for grantee in select rolname from pg_roles where rolname in ('anon', 'authenticated') loop
      execute format('revoke all on function %s from %I', hub_function, grantee);
    end loop;
    for grantee in select rolname from pg_roles where rolname = 'service_role' loop
      execute format('grant execute on function %s to %I', hub_function, grantee);
    end loop;
  end loop;
  if first_time then
    revoke all on table public.contacts from public;
    for grantee in select rolname from pg_roles where rolname in ('anon', 'authenticated') loop
      execute format('revoke all on table public.contacts from %I', grantee);
    end loop;
    for grantee in select rolname from pg_roles where rolname = 'service_role' loop
      execute format('grant select, insert, update, delete on table public.contacts to %I', grantee);
    end loop;
  end if;
end
$$;

-- PostgREST learns of the new functions. Without one this goes unheard.
select pg_notify('pgrst', 'reload schema');

insert into contact_sync.schema_version (version) values (1) on conflict do nothing;

