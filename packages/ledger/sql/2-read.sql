-- Which versions of a contact the rule needs, however many it has: the head, the newest ten, whatever some system holds
-- or carries the number of, and whatever BigQuery has yet to be told. Written to be inlined, and each part an index scan.
create or replace function contact_sync_ledger.kept_versions(id bigint, head_version bigint, head_hash text)
returns table (version bigint, content_hash text) language sql stable rows 10 as $$
  (
    select v.version, v.content_hash
    from contact_sync_ledger.versions v
    where v.contact_id = id
    order by v.version desc, v.committed_at desc
    limit 10
  )
  union
  select v.version, v.content_hash
  from contact_sync_ledger.versions v
  where v.contact_id = id and v.appended_at is null
  union
  select head_version, head_hash
  union
  select x.version, x.content_hash
  from contact_sync_ledger.deliveries d
  cross join lateral (
    (
      select v.version, v.content_hash
      from contact_sync_ledger.versions v
      where v.contact_id = d.contact_id and v.version = d.version
      order by v.status = 'accepted' desc, v.content_hash = d.content_hash desc
      limit 2
    )
    union all
    (
      select v.version, v.content_hash
      from contact_sync_ledger.versions v
      where v.contact_id = d.contact_id and v.content_hash = d.content_hash
      order by v.version = d.version desc, v.version desc
      limit 1
    )
  ) x
  where d.contact_id = id
$$;

-- The state of contacts as the rule needs it, one json for all.
create or replace function contact_sync_ledger.contacts(ids bigint[]) returns json language sql stable as $$
  select coalesce(json_agg(json_build_object(
    'contact_id', h.contact_id::text,
    'revision', h.revision,
    'head', json_build_object('version', h.version, 'content_hash', h.content_hash),
    'versions', (
      select json_agg(json_build_object(
        'contact_id', v.contact_id::text,
        'version', v.version,
        'content_hash', v.content_hash,
        'status', v.status,
        'last_updated', v.last_updated,
        'last_updated_by', v.last_updated_by,
        'content', v.content::json,
        'source', v.source,
        'recorded_at', v.recorded_at,
        'appended', v.appended_at is not null))
      from contact_sync_ledger.kept_versions(h.contact_id, h.version, h.content_hash) k
      join contact_sync_ledger.versions v
        on v.contact_id = h.contact_id and v.version = k.version and v.content_hash = k.content_hash),
    'held', coalesce((
      select json_object_agg(d.target, json_build_object('version', d.version, 'content_hash', d.content_hash))
      from contact_sync_ledger.deliveries d
      where d.contact_id = h.contact_id and d.version is not null), '{}'),
    'links', coalesce((
      select json_object_agg(l.system, l.record_id)
      from contact_sync_ledger.links l
      where l.contact_id = h.contact_id), '{}'),
    'conflict', (
      select json_build_object(
        'conflict_id', c.conflict_id,
        'contact_id', c.contact_id::text,
        'version', c.version,
        'last_updated', c.last_updated,
        'candidates', c.candidates::json,
        'events', c.events)
      from contact_sync_ledger.conflicts c
      where c.contact_id = h.contact_id and c.status = 'open'))), '[]')
  from contact_sync_ledger.heads h
  where h.contact_id = any (ids)
$$;

-- Everything that ingest needs for a batch of one system's records.
create or replace function contact_sync_ledger.snapshot(wanted_system text, record_ids text[], claimed bigint[])
returns json language sql stable as $$
  with inbox as (
    select i.*
    from contact_sync_ledger.inbox i
    where i.system = wanted_system and i.record_id = any (record_ids) and i.done_at is null
  ), links as (
    select l.record_id, l.contact_id
    from contact_sync_ledger.links l
    where l.system = wanted_system and l.record_id = any (record_ids)
  )
  select json_build_object(
    'inbox', (
      select coalesce(json_agg(json_build_object(
        'inbox_id', inbox_id::text,
        'record', record::json,
        'dead_letter_id', dead_letter_id::text) order by inbox_id), '[]')
      from inbox),
    'links', (select coalesce(json_object_agg(record_id, contact_id::text), '{}') from links),
    'contacts', contact_sync_ledger.contacts(array(
      select contact_id from links
      union
      select contact_id from inbox where contact_id is not null
      union
      select unnest(claimed))))
$$;
