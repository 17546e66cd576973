-- Record ids that are never the same twice, unless somebody brings the old one along: then it is the same record.

-- The id that is written thus; null for one that is not of this table's.
create or replace function contact_sync.record_key(key text) returns {{id type}}
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select case when key ~* {{id pattern}} then key::{{id type}} end
$$;

create or replace function contact_sync.new_id() returns {{id type}}
language sql volatile
set search_path = {{search path}}
as $$
  select ({{new id}})::{{id type}}
$$;

create or replace function contact_sync.unused_id(given {{id type}}) returns {{id type}}
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select given
$$;

-- What is left of the contact that comes back with a row that somebody inserts: by its contact_id, else under its id.
create or replace function contact_sync.buried(contact text, given {{id type}}) returns contact_sync.tombstones
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select t.*
  from contact_sync.tombstones t
  where t.contact_id = contact or (t.record_id = given and (contact is null or t.contact_id is null))
  order by t.contact_id is not distinct from contact desc
  limit 1
$$;
