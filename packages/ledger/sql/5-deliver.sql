-- The head of a contact if targets may have it: BigQuery has it, and no conflict holds it back. Inlined; `limit` keeps the
-- planner from turning it into joins over all contacts, as it would for a caller that stops after a few.
create or replace function contact_sync_ledger.going(id bigint) returns setof contact_sync_ledger.versions
language sql stable rows 1 as $$
  select v.*
  from contact_sync_ledger.heads h
  join contact_sync_ledger.versions v
    on v.contact_id = h.contact_id and v.version = h.version and v.content_hash = h.content_hash
  where h.contact_id = id and v.appended_at is not null
    and not exists (
      select 1 from contact_sync_ledger.conflicts c where c.contact_id = h.contact_id and c.status = 'open')
  limit 1
$$;

-- A row if the contact is braked in a target that was written to then: it has gained `storm` accepted versions within the
-- last minute, as it does when two programs undo each other's edits, and the target got one of them. What answers each
-- delivery with an edit is thus slowed down, and what floods from one side comes there once a minute all the same. Edits
-- are received, decided over and appended as ever. Null brakes nothing. Inlined.
create or replace function contact_sync_ledger.braked(id bigint, written timestamptz, storm integer)
returns table (versions integer) language sql stable rows 1 as $$
  select storm
  from contact_sync_ledger.versions v
  where storm is not null and written > statement_timestamp() - interval '1 minute'
    and v.contact_id = id and v.committed_at > statement_timestamp() - interval '1 minute' and v.status = 'accepted'
  offset greatest(storm, 1) - 1
  limit 1
$$;

-- What of these contacts may go to the target now: behind, in BigQuery already, in no conflict, in no dead letter, not
-- braked. Then others of that kind, longest behind first, until there are `fill`: a call to the target costs the same for
-- all.
create or replace function contact_sync_ledger.deliverable(
  wanted_target text,
  ids bigint[],
  fill integer,
  storm integer default 60
) returns json language sql stable as $$
  with asked as (
    select d.contact_id
    from contact_sync_ledger.deliveries d
    cross join contact_sync_ledger.going(d.contact_id)
    where d.target = wanted_target and d.contact_id = any (ids) and d.behind and d.dead_letter_id is null
      and not exists (select from contact_sync_ledger.braked(d.contact_id, d.written_at, storm))
  ), others as (
    select d.contact_id
    from contact_sync_ledger.deliveries d
    cross join contact_sync_ledger.going(d.contact_id)
    where d.target = wanted_target and d.behind and d.dead_letter_id is null
      and d.contact_id not in (select contact_id from asked)
      and not exists (select from contact_sync_ledger.braked(d.contact_id, d.written_at, storm))
    order by d.behind_since
    limit greatest(0, fill - (select count(*) from asked))
  ), chosen as (
    select contact_id from asked
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
  cross join contact_sync_ledger.going(c.contact_id) v
  left join contact_sync_ledger.links l on l.system = d.target and l.contact_id = d.contact_id
  left join lateral (
    select x.content_hash, x.content, x.last_updated, x.last_updated_by
    from contact_sync_ledger.versions x
    where x.contact_id = d.contact_id and x.content_hash = d.content_hash
    order by x.version = d.version desc, x.version desc
    limit 1
  ) k on true
$$;

-- Receipts from a target. A late one never lowers what a later one said. The record that was written is the contact's,
-- also where the one before it is gone, unless another contact has it.
-- Returns who is behind all the same: the head moved meanwhile.
create or replace function contact_sync_ledger.delivered(wanted_target text, receipts jsonb) returns text[]
language plpgsql volatile as $$
declare
  behind text[];
begin
  perform contact_sync_ledger.lock_heads(array(
    select r.contact_id from jsonb_to_recordset(receipts) r(contact_id bigint)));

  delete from contact_sync_ledger.links old
  using jsonb_to_recordset(receipts) r(contact_id bigint, record_id text, version bigint), contact_sync_ledger.deliveries d
  where old.system = wanted_target and old.contact_id = r.contact_id and old.record_id <> r.record_id
    and d.target = wanted_target and d.contact_id = r.contact_id and coalesce(d.version, 0) <= r.version
    and not exists (
      select 1 from contact_sync_ledger.links l where l.system = wanted_target and l.record_id = r.record_id);
  insert into contact_sync_ledger.links (system, record_id, contact_id)
  select wanted_target, r.record_id, r.contact_id
  from jsonb_to_recordset(receipts) r(contact_id bigint, record_id text)
  order by r.record_id
  on conflict do nothing;

  -- Each of them, also of what stood there already, and those that come late: the target said so. Before the deliveries
  -- forget since when they are behind.
  insert into contact_sync_ledger.receipts as k
    (contact_id, target, version, content_hash, at, last_at, times, waited_ms, took_ms)
  select r.contact_id, wanted_target, r.version, r.content_hash, heard.now, heard.now, count(*),
    extract(epoch from heard.now - min(v.heard_at)) * 1000,
    min(contact_sync_ledger.took_ms(v, wanted_target, d.behind_since, heard.now))
  from jsonb_to_recordset(receipts) r(contact_id bigint, version bigint, content_hash text)
  cross join (select clock_timestamp() as now offset 0) heard
  join contact_sync_ledger.heads h on h.contact_id = r.contact_id
  left join contact_sync_ledger.versions v
    on v.contact_id = r.contact_id and v.version = r.version and v.content_hash = r.content_hash
  left join contact_sync_ledger.deliveries d on d.contact_id = r.contact_id and d.target = wanted_target
  group by r.contact_id, r.version, r.content_hash, heard.now
  order by r.contact_id, r.version, r.content_hash
  on conflict (contact_id, target, version, content_hash) do update
  set last_at = excluded.last_at, times = k.times + excluded.times;

  with received as (
    update contact_sync_ledger.deliveries d
    set version = n.version, content_hash = n.content_hash, delivered_at = clock_timestamp(), written_at = clock_timestamp(),
      emits = 0, behind = n.behind,
      behind_since = case when n.behind then coalesce(d.behind_since, clock_timestamp()) end,
      -- An open letter waits for a person all the same; a discarded one has nothing left to hold back.
      dead_letter_id = case
        when d.dead_letter_id is not null and (n.behind or exists (
          select from contact_sync_ledger.dead_letters e where e.dead_letter_id = d.dead_letter_id and e.status = 'open'))
        then d.dead_letter_id
      end
    from (
      select r.*, contact_sync_ledger.is_behind(r.version, r.content_hash, h.version, h.content_hash) as behind
      from jsonb_to_recordset(receipts) r(contact_id bigint, version bigint, content_hash text)
      join contact_sync_ledger.heads h on h.contact_id = r.contact_id
    ) n
    where d.target = wanted_target and d.contact_id = n.contact_id and coalesce(d.version, 0) <= n.version
    returning d.contact_id, d.behind
  )
  select coalesce(array_agg(r.contact_id::text) filter (where r.behind), '{}') into behind from received r;
  perform contact_sync_ledger.succeeded(wanted_target);
  return behind;
end
$$;

create or replace function contact_sync_ledger.succeeded(which text) returns void language sql volatile as $$
  insert into contact_sync_ledger.systems as s (system, last_success)
  values (which, clock_timestamp())
  on conflict (system) do update set last_success = excluded.last_success
$$;
