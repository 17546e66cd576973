drop function if exists contact_sync_ledger.deliverable(text, bigint[]);

-- What of these contacts may go to the target now: behind, in BigQuery already, in no conflict, in no dead letter. Then
-- others of that kind, longest behind first, until there are `fill`: a call to the target costs the same for all.
create or replace function contact_sync_ledger.deliverable(wanted_target text, ids bigint[], fill integer) returns json
language sql stable as $$
  with others as (
    select o.contact_id
    from contact_sync_ledger.deliveries o
    where o.target = wanted_target and o.behind and o.dead_letter_id is null and o.contact_id <> all (ids)
    order by o.behind_since
    limit greatest(0, fill - cardinality(ids))
  ), chosen as (
    select contact_id from unnest(ids) i(contact_id)
    union all
    select contact_id from others
  )
  select coalesce(json_agg(json_build_object(
    'contact_id', v.contact_id::text,
    'version', v.version,
    'last_updated', v.last_updated,
    'last_updated_by', v.last_updated_by,
    'content', v.content::json,
    'content_hash', v.content_hash,
    'record_id', l.record_id,
    'held', case when k.content_hash is not null then json_build_object(
      'contact_id', d.contact_id::text,
      'version', d.version,
      'last_updated', k.last_updated,
      'last_updated_by', k.last_updated_by,
      'content', k.content::json,
      'content_hash', d.content_hash) end)), '[]')
  from chosen c
  join contact_sync_ledger.deliveries d on d.target = wanted_target and d.contact_id = c.contact_id
  join contact_sync_ledger.heads h on h.contact_id = d.contact_id
  join contact_sync_ledger.versions v
    on v.contact_id = h.contact_id and v.version = h.version and v.content_hash = h.content_hash
  left join contact_sync_ledger.links l on l.system = d.target and l.contact_id = d.contact_id
  left join lateral (
    select x.content_hash, x.content, x.last_updated, x.last_updated_by
    from contact_sync_ledger.versions x
    where x.contact_id = d.contact_id and x.content_hash = d.content_hash
    order by x.version = d.version desc, x.version desc
    limit 1
  ) k on true
  where d.behind and d.dead_letter_id is null and v.appended_at is not null
    and not exists (
      select 1 from contact_sync_ledger.conflicts c where c.contact_id = d.contact_id and c.status = 'open')
$$;

-- Receipts from a target. A late one never lowers what a later one said.
create or replace function contact_sync_ledger.delivered(wanted_target text, receipts jsonb) returns void
language plpgsql volatile as $$
begin
  insert into contact_sync_ledger.links (system, record_id, contact_id)
  select wanted_target, r.record_id, r.contact_id
  from jsonb_to_recordset(receipts) r(contact_id bigint, record_id text)
  order by r.record_id
  on conflict do nothing;
  perform 1
  from contact_sync_ledger.deliveries d
  where d.target = wanted_target
    and d.contact_id in (select r.contact_id from jsonb_to_recordset(receipts) r(contact_id bigint))
  order by d.contact_id
  for update;
  update contact_sync_ledger.deliveries d
  set version = r.version, content_hash = r.content_hash, delivered_at = clock_timestamp(), emits = 0
  from jsonb_to_recordset(receipts) r(contact_id bigint, version bigint, content_hash text)
  where d.target = wanted_target and d.contact_id = r.contact_id and coalesce(d.version, 0) <= r.version;
  perform contact_sync_ledger.measure(array(
    select r.contact_id from jsonb_to_recordset(receipts) r(contact_id bigint)));
  perform contact_sync_ledger.succeeded(wanted_target);
end
$$;

create or replace function contact_sync_ledger.succeeded(which text) returns void language sql volatile as $$
  insert into contact_sync_ledger.systems as s (system, last_success)
  values (which, clock_timestamp())
  on conflict (system) do update set last_success = excluded.last_success
$$;
