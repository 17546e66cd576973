-- What stands here, told in few words: records in 4,096 groups by the first three hexadecimal digits of the SHA-256 of
-- their ids, so that only groups that differ from what was seen before have to be read.
--
-- Invariants:
--   B1  the records are those of contact_sync_scan, and a record is always in the same group.
--   B2  a digest changes whenever contact_sync_fetch would tell anything of its records in another way, whoever changed
--       it and whatever triggers were switched off, and depends on nothing else: no session, no order of rows.
--   B3  the digests of 100,000 contacts take about a second: the columns are read as they lie, for making a jsonb of
--       each row takes four times as long.

-- → [{bucket, records, digest}] of the groups that are not empty
create or replace function public.contact_sync_digests(mapping text default null) returns jsonb
language sql stable
security definer
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
set datestyle = 'ISO, MDY'
set extra_float_digits = 1
-- PostgREST applies it to the whole call, where a role may have less.
set statement_timeout = '30s'
as $$
  with
    told as (
      select
        c.{{id}}::text as key,
        -- The texts of rows are told apart by their quotes, NULL from '' and the row of a tombstone by its length.
        row(
          {{each content: <plain c.column>}},
          c.{{id}}::text,
          c.{{contact_id}},
          c.{{version}},
          c.{{last_updated}},
          c.{{last_updated_by}},
          c.{{deleted_at}} is not null,
          case when c.{{deleted_at}} is null then n.fields end
        )::text as record
      from {{table}} c
      left join contact_sync.incomplete n on n.record_id = c.{{id}}
      where contact_sync.same_mapping(mapping)
      union all
      select
        t.record_id::text,
        row(t.record_id::text, t.contact_id, t.version, t.last_updated, t.last_updated_by)::text
      from contact_sync.tombstones t
      where not exists (select from {{table}} c where c.{{id}} = t.record_id)
    ),
    sealed as (
      select
        left(encode(sha256(convert_to(t.key, 'UTF8')), 'hex'), 3) as bucket,
        sha256(convert_to(t.record, 'UTF8')) as seal
      from told t
    ),
    digests as (
      select
        ('x' || lpad(s.bucket, 8, '0'))::bit(32)::integer as bucket,
        count(*) as records,
        encode(sha256(string_agg(s.seal, '' order by s.seal)), 'hex') as digest
      from sealed s
      group by s.bucket
    )
  select coalesce(
    jsonb_agg(jsonb_build_object('bucket', d.bucket, 'records', d.records, 'digest', d.digest) order by d.bucket),
    '[]'
  )
  from digests d
$$;

-- → {records: [...], cursor}: as contact_sync_scan, of the groups in this array of numbers. Numbers of none are ignored.
create or replace function public.contact_sync_scan_buckets(
  buckets jsonb,
  after text,
  max integer,
  mapping text default null
) returns jsonb
language sql stable
security definer
set search_path = pg_catalog, pg_temp
set statement_timeout = '30s'
as $$
  with
    start as (
      select contact_sync.record_key(after) as id, after is null as first, least(greatest(max, 1), 10000) as size
      where contact_sync.same_mapping(mapping)
    ),
    wanted as (
      select lpad(to_hex(n.bucket), 3, '0') as bucket
      from jsonb_array_elements_text(buckets) as key
      cross join lateral (select case when key ~ '^[0-9]{1,4}$' then key::integer end as bucket) n
      where n.bucket < 4096
    ),
    -- "is true" keeps the test beside the walk along the ids, which ends as soon as a page is full.
    candidates as (
      (
        select c.{{id}} as id, contact_sync.snapshot(row(c.*)::{{table}}) as record
        from {{table}} c
        where
          ((select s.first from start s) or c.{{id}} > (select s.id from start s))
          and (
            left(encode(sha256(convert_to(c.{{id}}::text, 'UTF8')), 'hex'), 3) in (select w.bucket from wanted w)
          ) is true
        order by c.{{id}}
        limit (select s.size + 1 from start s)
      )
      union all
      (
        select t.record_id, contact_sync.snapshot(t)
        from contact_sync.tombstones t
        where
          ((select s.first from start s) or t.record_id > (select s.id from start s))
          and (
            left(encode(sha256(convert_to(t.record_id::text, 'UTF8')), 'hex'), 3) in (select w.bucket from wanted w)
          ) is true
          and not exists (select from {{table}} c where c.{{id}} = t.record_id)
        order by t.record_id
        limit (select s.size + 1 from start s)
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
    'cursor', (select l.id::text from last l where exists (select from candidates c where c.id > l.id))
  )
$$;
