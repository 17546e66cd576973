-- A contact as it leaves the database and as it comes: under the names of its content, whatever the columns are called.

create or replace function contact_sync.by_hub() returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(current_setting('app.sync_origin', true), '') = 'hub'
$$;

-- UTC with six digits: a JavaScript Date would lose the last three, and PostgREST drops trailing zeros.
create or replace function contact_sync.utc(at timestamptz) returns text
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

create or replace function contact_sync.storable(at timestamptz) returns timestamptz
language sql volatile
set search_path = pg_catalog, pg_temp
as $$
  select case
    when at between '0001-01-01 00:00:00+00' and '9999-12-31 23:59:59.999999+00' then at
    else clock_timestamp()
  end
$$;

-- A column of the type json holds what jsonb cannot, as \u0000. Whoever wrote it shall not fail by us: the hub judges it.
create or replace function contact_sync.readable(value json) returns jsonb
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return value::jsonb;
exception
  when data_exception then
    return to_jsonb(value::text);
end
$$;

-- The content of a row, to be compared as jsonb: exactly where a column's own type would not (citext), and where it
-- cannot be compared at all (json).
create or replace function contact_sync.content(c {{table}}) returns jsonb
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object(
    {{each content: '<field>', <read c.column>}}
  )
$$;

-- Which of these fields hold nothing in a row, as content is read: no text but blanks, at any depth. Null: none of them.
create or replace function contact_sync.empty_fields(c {{table}}, fields text[]) returns text[]
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select array_agg(field.key order by field.key)
  from jsonb_each(contact_sync.content(c)) field
  where
    field.key = any (fields)
    and not exists (
      select
      from jsonb_path_query(field.value, 'lax $.**') part
      where jsonb_typeof(part) not in ('object', 'array', 'null') and (jsonb_typeof(part) <> 'string' or part #>> '{}' ~ '\S')
    )
$$;

-- The fields of which a row says nothing, null for none.
create or replace function contact_sync.missing(c {{table}}) returns text[]
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select contact_sync.empty_fields(c, n.fields) from contact_sync.incomplete n where n.record_id = c.{{id}}
$$;

-- A row as it leaves the database: 64-bit numbers and timestamps as text, so that nothing is rounded on the way. Beside
-- its content a live one has under "missing" the fields of which it says nothing, if there are any.
create or replace function contact_sync.snapshot(c {{table}}) returns jsonb
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object(
    {{each content: '<field>', <read c.column>}},
    'record_id', c.{{id}}::text,
    'contact_id', c.{{contact_id}},
    'version', c.{{version}}::text,
    'last_updated', contact_sync.utc(c.{{last_updated}}),
    'last_updated_by', c.{{last_updated_by}},
    'deleted', c.{{deleted_at}} is not null
  ) || case
    when c.{{deleted_at}} is null and exists (select from contact_sync.incomplete n where n.record_id = c.{{id}})
      then jsonb_strip_nulls(jsonb_build_object('missing', contact_sync.missing(c)))
    else '{}'
  end
$$;

create or replace function contact_sync.snapshot(t contact_sync.tombstones) returns jsonb
language sql stable
set search_path = pg_catalog, pg_temp
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

-- One element of the argument of contact_sync_apply. The content has the types of its columns, so that each column is
-- filled from JSON in its own way. Made anew whenever the mapping may have changed; what depends on it follows below.
drop type if exists contact_sync.delivery cascade;

create type contact_sync.delivery as (
  contact_id text,
  record_id text,
  version bigint,
  last_updated timestamptz,
  last_updated_by text,
  deleted boolean,
  {{each content: <field> <type>}}
);

-- What contact_sync.content will say of a row that this was written to.
create or replace function contact_sync.delivered(i contact_sync.delivery) returns jsonb
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object(
    {{each content: '<field>', <read i.field>}}
  )
$$;
