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
