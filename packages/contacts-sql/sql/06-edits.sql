-- What is kept of an edit that somebody else than the hub made.
--
-- Invariants:
--   E3  each edit has one outbox row, of the same transaction, that holds the contact as this edit left it.
--   E5  no row goes away without a tombstone, not even by TRUNCATE.

create or replace function contact_sync.record_insert() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  delete from contact_sync.tombstones t
  using inserted n
  where
    (t.contact_id = n.{{contact_id}} or t.record_id = n.{{id}})
    and (not contact_sync.by_hub() or (t.version, t.last_updated) < (n.{{version}}, n.{{last_updated}}));
  if contact_sync.by_hub() then
    return null;
  end if;
  insert into contact_sync.outbox (record_id, op, record)
  select n.{{id}}, 'insert', contact_sync.snapshot(row(n.*)::{{table}})
  from inserted n
  order by n.{{id}};
  if found then
    perform pg_notify('contact_sync', '');
  end if;
  return null;
end
$$;

create or replace function contact_sync.record_update() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if contact_sync.by_hub() then
    return null;
  end if;
  delete from contact_sync.tombstones t
  using edited n
  where t.contact_id = n.{{contact_id}};
  -- Hardly ever: what somebody filled in is theirs from now on, also when they empty it again.
  if exists (select from contact_sync.incomplete) then
    update contact_sync.incomplete i
    set fields = coalesce(contact_sync.missing(row(n.*)::{{table}}), '{}')
    from edited n
    join before_edit o on o.{{id}} = n.{{id}}
    where i.record_id = n.{{id}} and n.{{version}} <> o.{{version}};
    delete from contact_sync.incomplete i
    using edited n
    where i.record_id = n.{{id}} and i.fields = '{}';
  end if;
  insert into contact_sync.outbox (record_id, op, record)
  select n.{{id}}, 'update', contact_sync.snapshot(row(n.*)::{{table}})
  from edited n
  join before_edit o on o.{{id}} = n.{{id}}
  where n.{{version}} <> o.{{version}}
  order by n.{{id}};
  if found then
    perform pg_notify('contact_sync', '');
  end if;
  return null;
end
$$;

-- Buries rows that a user removes. One that was soft-deleted before is no news: it keeps the rank it has.
create or replace function contact_sync.bury(removed {{table}}[]) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if contact_sync.by_hub() or removed is null then
    return;
  end if;
  delete from contact_sync.incomplete i
  using unnest(removed) c
  where i.record_id = c.{{id}};
  with
    gone as (
      select
        row(c.*)::{{table}} as was,
        c.{{id}} as id,
        c.{{contact_id}} as contact_id,
        c.{{deleted_at}} is null as live,
        case when c.{{deleted_at}} is null then c.{{version}} + 1 else c.{{version}} end as version,
        case when c.{{deleted_at}} is null then clock_timestamp() else c.{{last_updated}} end as last_updated,
        case when c.{{deleted_at}} is null then contact_sync.editor() else c.{{last_updated_by}} end as last_updated_by
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
set search_path = pg_catalog, pg_temp
as $$
begin
  perform contact_sync.bury(array_agg(row(o.*)::{{table}})) from removed o;
  return null;
end
$$;

create or replace function contact_sync.record_truncate() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform contact_sync.bury(array_agg(row(c.*)::{{table}})) from {{table}} c;
  return null;
end
$$;

create or replace trigger zz_contact_sync_insert after insert on {{table}}
referencing new table as inserted for each statement execute function contact_sync.record_insert();

create or replace trigger zz_contact_sync_update after update on {{table}}
referencing old table as before_edit new table as edited for each statement execute function contact_sync.record_update();

create or replace trigger zz_contact_sync_delete after delete on {{table}}
referencing old table as removed for each statement execute function contact_sync.record_delete();

create or replace trigger zz_contact_sync_truncate before truncate on {{table}}
for each statement execute function contact_sync.record_truncate();
