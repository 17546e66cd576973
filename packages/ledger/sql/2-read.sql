-- The state of contacts as the rule needs it, one json for all. Of the versions: the newest ten, whatever some system
-- holds, and whatever BigQuery has yet to be told.
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
      from (
        select *, row_number() over (order by version desc, committed_at desc) as place
        from contact_sync_ledger.versions
        where contact_id = h.contact_id
      ) v
      where v.place <= 10
        or v.appended_at is null
        or (v.version = h.version and v.content_hash = h.content_hash)
        or exists (
          select 1 from contact_sync_ledger.deliveries d
          where d.contact_id = v.contact_id and (d.version = v.version or d.content_hash = v.content_hash))),
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
