-- How the hub reads. Each function returns one jsonb: PostgREST cuts a set of rows off at db-max-rows, silently.
--
-- Invariants:
--   R1  changes() tells every committed edit that is not acknowledged, each time the same, oldest first; ack() forgets
--       exactly the ids it is given. There is no cursor: ids are handed out before the commit and may appear late.
--   R2  a contact that was deleted physically is told as a record that is deleted, with the rank of its deletion.
--   R3  an answer holds at least one entry if there is any, and stops growing at about 8 MB.

-- → {version, mapping_hash, clock_ms}: the last is the time here, in milliseconds since the Unix epoch
create or replace function public.contact_sync_schema() returns jsonb
language sql stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object(
    'version', max(v.version),
    'mapping_hash', {{mapping hash}}::text,
    'clock_ms', round(extract(epoch from clock_timestamp()) * 1000)
  )
  from contact_sync.schema_version v
$$;

-- → {changes: [{id, record_id, op, record, created_at}], more}
create or replace function public.contact_sync_changes(max integer, mapping text default null) returns jsonb
language sql stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  with
    oldest as (
      select o.*, sum(pg_column_size(o.record)) over (order by o.id) - pg_column_size(o.record) as before
      from (
        select *
        from contact_sync.outbox
        where contact_sync.same_mapping(mapping)
        order by id
        limit least(greatest(max, 1), 10000)
      ) o
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
set search_path = pg_catalog, pg_temp
as $$
  with gone as (
    delete from contact_sync.outbox o
    where o.id in (select key::bigint from jsonb_array_elements_text(ids) as key where key ~ '^[0-9]{1,18}$')
    returning o.id
  )
  select to_jsonb(count(*)) from gone
$$;

-- The records with these ids (an array of text) as they stand now; those that never were are left out.
create or replace function public.contact_sync_fetch(ids jsonb, mapping text default null) returns jsonb
language sql stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  with
    wanted as (
      select distinct contact_sync.record_key(key) as id
      from jsonb_array_elements_text(ids) as key
      where contact_sync.same_mapping(mapping)
    )
  select coalesce(jsonb_agg(r.record), '[]')
  from (
    select contact_sync.snapshot(row(c.*)::{{table}}) as record
    from wanted w
    join {{table}} c on c.{{id}} = w.id
    union all
    select contact_sync.snapshot(t)
    from wanted w
    join contact_sync.tombstones t on t.record_id = w.id
    where not exists (select from {{table}} c where c.{{id}} = w.id)
  ) r
$$;

-- → {records: [...], cursor}: the records with ids above "after" (null: from the start); cursor null at the end.
create or replace function public.contact_sync_scan(after text, max integer, mapping text default null) returns jsonb
language sql stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  with
    start as (
      select contact_sync.record_key(after) as id, after is null as first, least(greatest(max, 1), 10000) as size
      where contact_sync.same_mapping(mapping)
    ),
    candidates as (
      (
        select c.{{id}} as id, contact_sync.snapshot(row(c.*)::{{table}}) as record
        from {{table}} c
        where (select s.first from start s) or c.{{id}} > (select s.id from start s)
        order by c.{{id}}
        limit (select s.size from start s)
      )
      union all
      (
        select t.record_id, contact_sync.snapshot(t)
        from contact_sync.tombstones t
        where
          ((select s.first from start s) or t.record_id > (select s.id from start s))
          and not exists (select from {{table}} c where c.{{id}} = t.record_id)
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
      select p.id from page p order by p.id desc limit 1
    )
  select jsonb_build_object(
    'records', coalesce((select jsonb_agg(p.record order by p.id) from page p), '[]'),
    'cursor', (
      select l.id::text
      from last l
      where
        exists (select from {{table}} c where c.{{id}} > l.id)
        or exists (select from contact_sync.tombstones t where t.record_id > l.id)
    )
  )
$$;
