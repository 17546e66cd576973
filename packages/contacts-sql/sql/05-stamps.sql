-- What somebody else than the hub may write to the table of the contacts, and the version it gets.
--
-- Invariants:
--   E1  an edit raises version by exactly one over the row it changes, whatever version the user supplied; an insert has
--       version 1, or one above the tombstone of the same contact; so has a row that is given the contact_id of one.
--   E2  a statement that changes neither content nor deletion is no edit: same version, same last_updated, no outbox.
--   E4  writes with app.sync_origin = 'hub' pass unchanged and leave no outbox row.
--   E6  no contact_id has a row and a tombstone at once.
--   E7  last_updated stays within the years 1 to 9999, which every system can store.

-- Whoever names a row waits here for the hub while it leaves a tombstone for a contact that has neither: neither of the
-- two would see what the other is about to commit (E6).
create or replace function contact_sync.naming() returns void
language sql volatile
set search_path = pg_catalog, pg_temp
as $$
  select pg_advisory_xact_lock_shared(hashtextextended('contact_sync unseen tombstones', 0))
$$;

create or replace function contact_sync.stamp_insert() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  buried contact_sync.tombstones;
begin
  if contact_sync.by_hub() then
    return new;
  end if;
  if new.{{contact_id}} is not null then
    perform contact_sync.naming();
  end if;
  new.{{version}} := 1;
  new.{{last_updated}} := contact_sync.storable(new.{{last_updated}});
  new.{{last_updated_by}} := coalesce(new.{{last_updated_by}}, contact_sync.editor());
  -- Hardly ever, so that a table is filled no slower for it.
  if exists (
    select
    from contact_sync.tombstones t
    where t.contact_id = new.{{contact_id}} or t.record_id = new.{{id}}
  ) then
    buried := contact_sync.buried(new.{{contact_id}}, new.{{id}});
    if buried.record_id is not null then
      -- The contact comes back under its old record id, so that the hub's link still holds.
      new.{{id}} := buried.record_id;
      new.{{contact_id}} := coalesce(new.{{contact_id}}, buried.contact_id);
      new.{{version}} := buried.version + 1;
    else
      new.{{id}} := contact_sync.unused_id(new.{{id}});
    end if;
  end if;
  return new;
end
$$;

create or replace function contact_sync.stamp_update() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if contact_sync.by_hub() then
    return new;
  end if;
  new.{{id}} := old.{{id}};
  new.{{contact_id}} := coalesce(old.{{contact_id}}, new.{{contact_id}});
  if (
    new.{{contact_id}}, new.{{deleted_at}} is null,
    {{each content: <exact new.column>}}
  ) is not distinct from (
    old.{{contact_id}}, old.{{deleted_at}} is null,
    {{each content: <exact old.column>}}
  ) then
    new.{{version}} := old.{{version}};
    new.{{last_updated}} := old.{{last_updated}};
    new.{{last_updated_by}} := old.{{last_updated_by}};
    return new;
  end if;
  new.{{version}} := old.{{version}} + 1;
  if old.{{contact_id}} is null and new.{{contact_id}} is not null then
    perform contact_sync.naming();
    new.{{version}} := greatest(
      new.{{version}},
      (select t.version + 1 from contact_sync.tombstones t where t.contact_id = new.{{contact_id}})
    );
  end if;
  -- Programs that work offline bring the time and the author of their edit; everybody else gets them from here.
  new.{{last_updated}} := contact_sync.storable(nullif(new.{{last_updated}}, old.{{last_updated}}));
  new.{{last_updated_by}} := coalesce(nullif(new.{{last_updated_by}}, old.{{last_updated_by}}), contact_sync.editor());
  return new;
end
$$;

-- Triggers of one kind fire in the order of their names; the stamp comes after those of the table's users, which may
-- still change the content.
create or replace trigger zz_contact_sync_stamp_insert before insert on {{table}}
for each row execute function contact_sync.stamp_insert();

create or replace trigger zz_contact_sync_stamp_update before update on {{table}}
for each row execute function contact_sync.stamp_update();
