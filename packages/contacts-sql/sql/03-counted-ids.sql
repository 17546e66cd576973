-- Record ids that a sequence counts up.
--
-- Invariant: the id of a contact that is gone is given to no other (T1), though a sequence be restarted, or a row be
-- copied together with its id.

-- The id that is written thus; null for one that is not of this table's.
create or replace function contact_sync.record_key(key text) returns {{id type}}
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select case
    when key ~ '^-?[0-9]{1,19}$'
      then case when key::numeric between {{least id}} and {{greatest id}} then key::{{id type}} end
  end
$$;

create or replace function contact_sync.new_id() returns {{id type}}
language sql volatile
set search_path = {{search path}}
as $$
  select ({{new id}})::{{id type}}
$$;

create or replace function contact_sync.unused_id(given {{id type}}) returns {{id type}}
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  while exists (select from contact_sync.tombstones t where t.record_id = given) loop
    given := contact_sync.new_id();
  end loop;
  return given;
end
$$;

-- What is left of the contact that comes back with a row that somebody inserts.
create or replace function contact_sync.buried(contact text, given {{id type}}) returns contact_sync.tombstones
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select t.* from contact_sync.tombstones t where t.contact_id = contact
$$;

-- RESTART IDENTITY would hand out the same record ids again. The table is locked for everybody else meanwhile. A
-- sequence that does not belong to the column is not restarted.
create or replace function contact_sync.keep_identity() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  counter regclass := pg_get_serial_sequence({{'table'}}, {{'id'}});
  highest bigint := (select max(t.record_id) from contact_sync.tombstones t);
begin
  if counter is not null and highest >= nextval(counter) then
    perform setval(counter, highest);
  end if;
  return null;
end
$$;

create or replace trigger zz_contact_sync_truncated after truncate on {{table}}
for each statement execute function contact_sync.keep_identity();
