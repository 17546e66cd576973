-- What happened, for people: to one contact, newest first, and what came to the targets.
--
-- Each kind of fact has an order of its own, newest first, that an index keeps; a page takes as many of each as it has room
-- for, and then the newest of all. Facts of one instant are told apart by kind and id: the order is total.

-- Where a contact's facts of each kind begin, before this place. The ids are the rows' own, as text.
create or replace function contact_sync_ledger.facts(
  id bigint,
  before_at timestamptz,
  before_kind text,
  before_id text,
  most integer
) returns table (at timestamptz, kind text, fact_id text) language plpgsql stable as $$
begin
  return query
  with records as materialized (
    select l.system, l.record_id from contact_sync_ledger.links l where l.contact_id = id
  )
  -- An edit names its contact, or is of a record that is the contact's.
  (
    select i.received_at, 'notification', i.inbox_id::text
    from contact_sync_ledger.inbox i
    where i.contact_id = id and i.received_at <= before_at
      and (i.received_at, 'notification', i.inbox_id::text) < (before_at, before_kind, before_id)
    order by i.received_at desc, i.inbox_id::text desc
    limit most
  )
  union
  select n.*
  from records r
  cross join lateral (
    select i.received_at, 'notification', i.inbox_id::text
    from contact_sync_ledger.inbox i
    where i.system = r.system and i.record_id = r.record_id and i.received_at <= before_at
      and (i.received_at, 'notification', i.inbox_id::text) < (before_at, before_kind, before_id)
    order by i.received_at desc, i.inbox_id::text desc
    limit most
  ) n
  union all
  (
    select v.committed_at, 'version', v.version || ':' || v.content_hash
    from contact_sync_ledger.versions v
    where v.contact_id = id and v.committed_at <= before_at
      and (v.committed_at, 'version', v.version || ':' || v.content_hash) < (before_at, before_kind, before_id)
    order by v.committed_at desc, v.version || ':' || v.content_hash desc
    limit most
  )
  union all
  (
    select r.at, 'receipt', r.target || ':' || r.version || ':' || r.content_hash
    from contact_sync_ledger.receipts r
    where r.contact_id = id and r.at <= before_at
      and (r.at, 'receipt', r.target || ':' || r.version || ':' || r.content_hash) < (before_at, before_kind, before_id)
    order by r.at desc, r.target || ':' || r.version || ':' || r.content_hash desc
    limit most
  )
  union all
  (
    -- Numbered within their conflict; the one that closes it is one more than the conflict counts.
    select e.committed_at, 'conflict', e.event_id
    from contact_sync_ledger.conflicts c
    cross join generate_series(0, c.events + 1) n
    join contact_sync_ledger.conflict_events e on e.event_id = c.conflict_id || ':' || n
    where c.contact_id = id and (e.committed_at, 'conflict', e.event_id) < (before_at, before_kind, before_id)
    order by e.committed_at desc, e.event_id desc
    limit most
  )
  union all
  (
    select x.created_at, 'dead_letter', x.dead_letter_id::text
    from (
      select d.created_at, d.dead_letter_id from contact_sync_ledger.dead_letters d where d.contact_id = id
      union
      select d.created_at, d.dead_letter_id
      from records r
      join contact_sync_ledger.dead_letters d on d.system = r.system and d.key = r.record_id and d.queue = 'ingest'
    ) x
    where (x.created_at, 'dead_letter', x.dead_letter_id::text) < (before_at, before_kind, before_id)
    order by x.created_at desc, x.dead_letter_id::text desc
    limit most
  )
  union all
  (
    -- About the contact, or one of its conflicts or dead letters, of which only the last are looked at.
    select a.begun_at, 'action', a.action_id::text
    from contact_sync_ledger.actions a
    where a.subjects && (
        array['contact:' || id]
        || array(
          select 'conflict:' || c.conflict_id
          from contact_sync_ledger.conflicts c
          where c.contact_id = id
          order by c.opened_at desc
          limit 100)
        || array(
          select 'dead-letter:' || d.dead_letter_id
          from contact_sync_ledger.dead_letters d
          where d.contact_id = id
          order by d.created_at desc
          limit 100))
      and (a.begun_at, 'action', a.action_id::text) < (before_at, before_kind, before_id)
    order by a.begun_at desc, a.action_id::text desc
    limit most
  )
  order by 1 desc, 2 desc, 3 desc
  limit most;
end
$$;

create or replace function contact_sync_ledger.receipt(r contact_sync_ledger.receipts) returns json language sql stable as $$
  select json_build_object(
    'contact_id', r.contact_id::text, 'target', r.target, 'version', r.version, 'content_hash', r.content_hash, 'at', r.at,
    'last_at', r.last_at, 'waited_ms', r.waited_ms)
$$;

-- One fact in full. A record is told as it was received: what of it is shown is picked by whoever asks, since it may hold
-- escapes that no text of this database can.
create or replace function contact_sync_ledger.fact(id bigint, kind text, fact_id text) returns json
language sql stable as $$
  select case kind
    when 'notification' then (
      select json_build_object(
        'system', i.system, 'record_id', i.record_id, 'record', i.record::json, 'outcome', i.outcome,
        'decided_at', i.done_at, 'dead_letter_id', i.dead_letter_id::text)
      from contact_sync_ledger.inbox i
      where i.inbox_id = fact_id::bigint)
    when 'version' then (
      select json_build_object(
        'version', contact_sync_ledger.known_version(v),
        'before', (
          select json_build_object(
            'contact_id', b.contact_id::text, 'version', b.version, 'content_hash', b.content_hash,
            'last_updated', b.last_updated, 'last_updated_by', b.last_updated_by, 'content', b.content::json)
          from contact_sync_ledger.versions b
          where b.contact_id = v.contact_id and b.version < v.version and b.status = 'accepted'
          order by b.version desc
          limit 1),
        'appended_at', v.appended_at)
      from contact_sync_ledger.versions v
      where v.contact_id = id and v.version = split_part(fact_id, ':', 1)::bigint
        and v.content_hash = split_part(fact_id, ':', 2))
    when 'receipt' then (
      select json_build_object('receipt', contact_sync_ledger.receipt(r))
      from contact_sync_ledger.receipts r
      where r.contact_id = id and r.target = split_part(fact_id, ':', 1)
        and r.version = split_part(fact_id, ':', 2)::bigint and r.content_hash = split_part(fact_id, ':', 3))
    when 'conflict' then (
      select json_build_object('event', e.event::json)
      from contact_sync_ledger.conflict_events e
      where e.event_id = fact_id)
    when 'dead_letter' then (
      select json_build_object('letter', contact_sync_ledger.letter_record(d))
      from contact_sync_ledger.dead_letters d
      where d.dead_letter_id = fact_id::bigint)
    when 'action' then (
      select json_build_object('action', contact_sync_ledger.action(a))
      from contact_sync_ledger.actions a
      where a.action_id = fact_id::bigint)
  end
$$;

-- returns: [{at, kind, id, fact}], the newest first; null instead of a place is where the newest is.
create or replace function contact_sync_ledger.timeline(
  id bigint,
  before_at timestamptz,
  before_kind text,
  before_id text,
  most integer
) returns json language sql stable as $$
  select coalesce(json_agg(json_build_object(
    'at', f.at, 'kind', f.kind, 'id', f.fact_id, 'fact', contact_sync_ledger.fact(id, f.kind, f.fact_id))
    order by f.at desc, f.kind desc, f.fact_id desc), '[]')
  from contact_sync_ledger.facts(
    id, coalesce(before_at, 'infinity'), coalesce(before_kind, ''), coalesce(before_id, ''), most) f
$$;

-- What each target was given last: a late receipt of an older version is none.
create or replace function contact_sync_ledger.receipts_of(id bigint, targets text[]) returns json language sql stable as $$
  select coalesce(json_agg(contact_sync_ledger.receipt(x.r) order by t.place), '[]')
  from unnest(targets) with ordinality t(target, place)
  cross join lateral (
    select r
    from contact_sync_ledger.receipts r
    where r.contact_id = id and r.target = t.target
    order by r.version desc, r.last_at desc
    limit 1
  ) x
$$;

create or replace function contact_sync_ledger.latest(most integer) returns json language sql stable as $$
  select coalesce(json_agg(
    contact_sync_ledger.receipt(x.r) order by (x.r).at desc, (x.r).contact_id, (x.r).target, (x.r).version), '[]')
  from (
    select r
    from contact_sync_ledger.receipts r
    order by r.at desc
    limit most
  ) x
$$;

create or replace function contact_sync_ledger.flow(since timestamptz, stretch interval) returns json
language sql stable as $$
  select coalesce(json_agg(json_build_object(
    'at', x.at, 'target', x.target, 'delivered', x.delivered, 'p50_ms', x.p50_ms, 'p95_ms', x.p95_ms)
    order by x.at, x.target), '[]')
  from (
    select date_bin(stretch, r.at, since) as at, r.target, count(*) as delivered,
      percentile_disc(0.5) within group (order by r.waited_ms) as p50_ms,
      percentile_disc(0.95) within group (order by r.waited_ms) as p95_ms
    from contact_sync_ledger.receipts r
    where r.at >= since
    group by 1, 2
  ) x
$$;
