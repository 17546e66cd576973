-- What looks for drift remember: which groups of records were found in step, and what the last look at each system found.
--
-- Invariants
--   * a record is always in one of 4,096 buckets: the first three hexadecimal digits of the SHA-256 of its id in UTF-8. Of
--     BigQuery every contact is a record, under its id in decimal.
--   * a standing digest changes whenever anything changes that decides whether a record of the bucket is in step: its link,
--     the head, the delivery, an open conflict, undecided edits, open letters; of BigQuery the versions it has yet to be
--     told. It depends on nothing else: no time, no order of rows, no other bucket.
--   * edits and letters about a record that is not linked count in the record's bucket as well.
--   * looks keeps one report a system: that of the look that began last.
create table if not exists contact_sync_ledger.seals (
  system text not null,
  bucket integer not null check (bucket between 0 and 4095),
  records integer not null,
  there text not null,
  here text not null,
  primary key (system, bucket)
);

create table if not exists contact_sync_ledger.looks (
  system text primary key,
  started_at timestamptz not null,
  report jsonb not null
);

-- Stable, as convert_to() is: else it would not be inlined.
create or replace function contact_sync_ledger.bucket_of(id text) returns integer language sql stable as $$
  select ('x' || left(encode(sha256(convert_to(id, 'UTF8')), 'hex'), 3))::bit(12)::integer
$$;

-- "records": those that are believed to be there. A bucket with none has a digest as well, where something else is in it.
create or replace function contact_sync_ledger.standing_digests(wanted_system text) returns json language sql stable as $$
  with linked as (
    select l.record_id, l.contact_id
    from contact_sync_ledger.links l
    where l.system = wanted_system and wanted_system <> 'bigquery'
    union all
    select h.contact_id::text, h.contact_id
    from contact_sync_ledger.heads h
    where wanted_system = 'bigquery'
  ), undecided as (
    -- In two parts, for each has an index that holds nothing of what is decided.
    select i.record_id, string_agg(row(i.inbox_id, i.dead_letter_id)::text, '' order by i.inbox_id) as edits
    from (
      select i.record_id, i.inbox_id, i.dead_letter_id
      from contact_sync_ledger.inbox i
      where i.system = wanted_system and i.done_at is null and i.dead_letter_id is null
      union all
      select i.record_id, i.inbox_id, i.dead_letter_id
      from contact_sync_ledger.inbox i
      where i.system = wanted_system and i.done_at is null and i.dead_letter_id is not null
    ) i
    group by i.record_id
  ), letters as (
    select d.key, d.queue = 'ingest' as ingest, string_agg(d.dead_letter_id::text, ',' order by d.dead_letter_id) as open
    from contact_sync_ledger.dead_letters d
    where d.system = wanted_system and d.status = 'open'
    group by d.key, d.queue = 'ingest'
  ), unappended as (
    select v.contact_id, string_agg(row(v.version, v.content_hash)::text, '' order by v.version, v.content_hash) as rows
    from contact_sync_ledger.versions v
    where wanted_system = 'bigquery' and v.appended_at is null
    group by v.contact_id
  ), about as (
    select record_id, l.contact_id, u.edits, d.open
    from linked l
    full join undecided u using (record_id)
    full join (select key as record_id, open from letters where ingest) d using (record_id)
  ), standing as (
    select
      contact_sync_ledger.bucket_of(a.record_id) as bucket,
      h.contact_id is not null and (not h.deleted or wanted_system = 'bigquery') as there,
      sha256(convert_to(row(
        a.record_id, a.contact_id, h.version, h.content_hash, h.deleted,
        d.version, d.content_hash, d.behind, d.dead_letter_id,
        c.conflict_id, c.events, a.edits, a.open, p.open, n.rows)::text, 'UTF8')) as stands
    from about a
    left join contact_sync_ledger.heads h on h.contact_id = a.contact_id
    left join contact_sync_ledger.deliveries d on d.contact_id = a.contact_id and d.target = wanted_system
    left join contact_sync_ledger.conflicts c on c.contact_id = a.contact_id and c.status = 'open'
    left join letters p on not p.ingest and p.key = a.contact_id::text
    left join unappended n on n.contact_id = a.contact_id
  ), digests as (
    select
      s.bucket,
      count(*) filter (where s.there) as records,
      encode(sha256(string_agg(s.stands, '' order by s.stands)), 'hex') as digest
    from standing s
    group by s.bucket
  )
  select coalesce(json_agg(json_build_object('bucket', bucket, 'records', records, 'digest', digest) order by bucket), '[]')
  from digests
$$;

create or replace function contact_sync_ledger.seals(wanted_system text) returns json language sql stable as $$
  select coalesce(json_agg(json_build_object(
    'bucket', s.bucket, 'records', s.records, 'there', s.there, 'here', s.here) order by s.bucket), '[]')
  from contact_sync_ledger.seals s
  where s.system = wanted_system
$$;

-- In the order of their buckets, so that two looks never wait for each other in a circle.
create or replace function contact_sync_ledger.seal(wanted_system text, given jsonb) returns void
language sql volatile as $$
  insert into contact_sync_ledger.seals as s (system, bucket, records, there, here)
  select wanted_system, g.bucket, g.records, g.there, g.here
  from jsonb_to_recordset(given) g(bucket integer, records integer, there text, here text)
  order by g.bucket
  on conflict (system, bucket) do update
  set records = excluded.records, there = excluded.there, here = excluded.here
$$;

-- As linked(), of these buckets; of BigQuery every contact, in the order of numbers.
create or replace function contact_sync_ledger.linked_in(wanted_system text, buckets integer[]) returns json
language sql stable as $$
  select coalesce(json_agg(json_build_object(
    'record_id', l.record_id,
    'contact_id', l.contact_id::text,
    'version', coalesce(d.version, h.version),
    'seen_at', coalesce(d.delivered_at, h.changed_at))
    order by case when wanted_system = 'bigquery' then l.contact_id end, l.record_id collate "C"), '[]')
  from (
    select l.record_id, l.contact_id
    from contact_sync_ledger.links l
    where l.system = wanted_system and wanted_system <> 'bigquery'
    union all
    select h.contact_id::text, h.contact_id
    from contact_sync_ledger.heads h
    where wanted_system = 'bigquery'
  ) l
  join contact_sync_ledger.heads h on h.contact_id = l.contact_id and (not h.deleted or wanted_system = 'bigquery')
  left join contact_sync_ledger.deliveries d on d.contact_id = l.contact_id and d.target = wanted_system
  where contact_sync_ledger.bucket_of(l.record_id) = any (buckets)
$$;

-- Living contacts that a target is believed to hold, though no record of it stands for them: nobody else looks for them.
create or replace function contact_sync_ledger.unlinked(wanted_system text, after_id bigint, most integer) returns text[]
language sql stable as $$
  select coalesce(array_agg(u.contact_id::text order by u.contact_id), '{}')
  from (
    select h.contact_id
    from contact_sync_ledger.heads h
    join contact_sync_ledger.deliveries d on d.contact_id = h.contact_id and d.target = wanted_system
    where h.contact_id > after_id and not h.deleted and not d.behind
      and not exists (
        select from contact_sync_ledger.links l where l.system = wanted_system and l.contact_id = h.contact_id)
      and not exists (
        select from contact_sync_ledger.conflicts c where c.contact_id = h.contact_id and c.status = 'open')
    order by h.contact_id
    limit most
  ) u
$$;

create or replace function contact_sync_ledger.keep_look(wanted_system text, began timestamptz, found jsonb) returns void
language sql volatile as $$
  insert into contact_sync_ledger.looks as l (system, started_at, report)
  values (wanted_system, began, found)
  on conflict (system) do update set started_at = excluded.started_at, report = excluded.report
  where l.started_at <= excluded.started_at
$$;

create or replace function contact_sync_ledger.last_looks() returns json language sql stable as $$
  select coalesce(json_object_agg(l.system, l.report), '{}') from contact_sync_ledger.looks l
$$;
