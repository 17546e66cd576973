-- How the sync is doing: counted in the tables at the moment of asking, in one snapshot, never from events.
--
-- Invariants
--   * what status() counts is taken from it, so that no number is counted in two ways.
--   * systems.since is when the hub was there for the system: nobody could have heard of what was edited before.
--   * receipts.took_ms is written with the first receipt and never changed: how long the edit took to come there. It is null
--     where no edit came: what the target held already, its own edit with a new number, and an old head that is written again
--     because the target was emptied or set back.
--   * versions.appended_at lies after committed_at exactly when the hub appended the version: one that BigQuery had already is
--     marked with the instant at which its commit began.
--   * all times are this database's. Faults are kept for a day, and so are workers that vanished without a goodbye.
alter table contact_sync_ledger.systems add column if not exists since timestamptz not null default clock_timestamp();

-- It is there for all of them from now on; a ledger that is older does not know since when it was.
insert into contact_sync_ledger.systems (system)
select s.system
from unnest(array['bigquery', 'supabase', 'local', 'twenty']) s(system)
on conflict do nothing;

alter table contact_sync_ledger.receipts add column if not exists took_ms bigint;

create index if not exists receipts_in_time on contact_sync_ledger.receipts (at) include (target, took_ms);

drop index if exists contact_sync_ledger.receipts_by_time;

create index if not exists versions_appended_in_time on contact_sync_ledger.versions (appended_at);

create index if not exists versions_accepted_in_time on contact_sync_ledger.versions (committed_at) include (contact_id)
where
  status = 'accepted';

-- Ten seconds each: so exactly is told when a fault was.
create table if not exists contact_sync_ledger.faults (
  slot timestamptz not null,
  system text not null,
  code text not null,
  count bigint not null,
  primary key (slot, system, code)
);

create table if not exists contact_sync_ledger.workers (
  worker_id text primary key,
  started_at timestamptz not null default clock_timestamp(),
  beat_at timestamptz not null default clock_timestamp(),
  waiting jsonb not null,
  failing jsonb not null
);

-- As timestamps of versions are written, so that they compare as text.
create or replace function contact_sync_ledger.instant_text(instant timestamptz) returns text language sql stable as $$
  select to_char(instant at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- since: as instant_text() writes it.
-- When the edit was made by its own clock, where the hub was there already, and never later than when it heard of it. What
-- people decide in the hub (no source) is made when it is heard of.
create or replace function contact_sync_ledger.edited_at(
  source text,
  last_updated text,
  heard_at timestamptz,
  since text
) returns timestamptz language sql stable as $$
  select case
    when source is not null and last_updated collate "C" >= since then least(last_updated::timestamptz, heard_at)
    else heard_at
  end
$$;

create or replace function contact_sync_ledger.elapsed_ms(since timestamptz, until timestamptz) returns bigint
language sql immutable as $$
  select greatest(0, round(extract(epoch from until - since) * 1000))::bigint
$$;

-- How long the edit took that this is the first receipt of. One that the target fell behind with later was no edit's doing.
create or replace function contact_sync_ledger.took_ms(
  v contact_sync_ledger.versions,
  target text,
  behind_since timestamptz,
  received timestamptz
) returns bigint language sql stable as $$
  select contact_sync_ledger.elapsed_ms(
    contact_sync_ledger.edited_at(v.source, v.last_updated, coalesce(v.heard_at, v.committed_at), (
      select contact_sync_ledger.instant_text(s.since) from contact_sync_ledger.systems s where s.system = v.source)),
    received)
  where v.source is distinct from target and behind_since <= v.committed_at
$$;

-- What came to each system within the window, with how long its edit took.
create or replace function contact_sync_ledger.finished(after timestamptz) returns table (system text, took_ms bigint)
language sql stable as $$
  select r.target, r.took_ms
  from contact_sync_ledger.receipts r
  where r.at > after
  union all
  select 'bigquery', case when v.source is distinct from 'bigquery' then contact_sync_ledger.elapsed_ms(
    contact_sync_ledger.edited_at(v.source, v.last_updated, coalesce(v.heard_at, v.committed_at), s.since), v.appended_at) end
  from contact_sync_ledger.versions v
  -- Written out once, not for each version.
  left join (
    select y.system, contact_sync_ledger.instant_text(y.since) as since
    from contact_sync_ledger.systems y
    offset 0
  ) s on s.system = v.source
  where v.appended_at > after and v.appended_at > v.committed_at
$$;

-- Of one system: open dead letters and faults of the window, by code.
create or replace function contact_sync_ledger.errors_of(which text, since timestamptz, minutes numeric) returns jsonb
language sql stable as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'code', x.code, 'open', x.open, 'recent', x.recent, 'per_minute', x.recent / minutes)
    order by x.recent desc, x.open desc, x.code), '[]')
  from (
    select c.code, sum(c.open) as open, sum(c.recent) as recent
    from (
      select d.code, count(*) as open, 0 as recent
      from contact_sync_ledger.dead_letters d
      where d.system = which and d.status = 'open'
      group by d.code
      union all
      select f.code, 0, sum(f.count)
      from contact_sync_ledger.faults f
      where f.system = which and f.slot > since
      group by f.code
    ) c
    group by c.code
  ) x
$$;

create or replace function contact_sync_ledger.health(systems text[], window_s integer, storm integer) returns jsonb
language plpgsql stable as $$
declare
  now constant timestamptz := clock_timestamp();
  since constant timestamptz := now - make_interval(secs => window_s);
  counted constant jsonb := contact_sync_ledger.status(systems)::jsonb;
  conflicts jsonb;
  arrived jsonb;
  more jsonb;
begin
  -- Each conflict is read once: its candidates are long.
  select coalesce(jsonb_object_agg(x.system, x.count), '{}') into conflicts
  from (
    select s.system, count(*)
    from contact_sync_ledger.conflicts c
    cross join lateral (
      select k.value ->> 'system' as system from json_array_elements(c.candidates::json) k
      union
      select d.target from contact_sync_ledger.deliveries d where d.contact_id = c.contact_id and d.behind
    ) s
    where c.status = 'open'
    group by s.system
  ) x;

  select coalesce(jsonb_object_agg(x.system, jsonb_build_object(
    'finished', x.finished,
    'latency', jsonb_build_object(
      'count', x.count, 'p50_ms', x.percentiles[1], 'p95_ms', x.percentiles[2], 'p99_ms', x.percentiles[3]))), '{}')
  into arrived
  from (
    select f.system, count(*) as finished, count(f.took_ms),
      percentile_disc(array[0.5, 0.95, 0.99]) within group (order by f.took_ms) as percentiles
    from contact_sync_ledger.finished(since) f
    group by f.system
  ) x;

  select jsonb_agg(
    s.value
    || coalesce(arrived -> (s.value ->> 'system'), '{"finished": 0, "latency": {"count": 0, "p50_ms": null, "p95_ms": null, "p99_ms": null}}')
    || jsonb_build_object(
      'conflicts', coalesce((conflicts ->> (s.value ->> 'system'))::bigint, 0),
      'errors', contact_sync_ledger.errors_of(s.value ->> 'system', since, window_s / 60.0))
    order by s.place)
  into more
  from jsonb_array_elements(counted -> 'systems') with ordinality s(value, place);

  return counted || jsonb_build_object(
    'at', now,
    'window_s', window_s,
    'systems', more,
    'storms', (
      select coalesce(jsonb_agg(jsonb_build_object('contact_id', x.contact_id::text, 'versions', x.versions)
        order by x.versions desc, x.contact_id), '[]')
      from (
        select v.contact_id, count(*) as versions
        from contact_sync_ledger.versions v
        where v.status = 'accepted' and v.committed_at > now - interval '1 minute'
        group by v.contact_id
        having count(*) >= storm
        -- Nobody reads more of them, and what asks for each is asked often.
        order by versions desc, v.contact_id
        limit 100
      ) x),
    'workers', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'worker_id', w.worker_id, 'started_at', w.started_at, 'beat_at', w.beat_at, 'waiting', w.waiting,
        'failing', w.failing) order by w.started_at, w.worker_id), '[]')
      from contact_sync_ledger.workers w
      where w.beat_at > now - interval '1 minute'));
end
$$;

-- faults: [{system, code, count}], one row each.
create or replace function contact_sync_ledger.beat(id text, waits jsonb, fails jsonb, faults jsonb) returns void
language plpgsql volatile as $$
declare
  now constant timestamptz := clock_timestamp();
begin
  insert into contact_sync_ledger.workers as w (worker_id, started_at, beat_at, waiting, failing)
  values (id, now, now, waits, fails)
  on conflict (worker_id) do update
  set beat_at = excluded.beat_at, waiting = excluded.waiting, failing = excluded.failing;
  -- In the order of their key: other workers count the same at the same moment.
  insert into contact_sync_ledger.faults as f (slot, system, code, count)
  select to_timestamp(floor(extract(epoch from now) / 10) * 10), n.system, n.code, sum(n.count)
  from jsonb_to_recordset(faults) n(system text, code text, count bigint)
  group by n.system, n.code
  order by n.system, n.code
  on conflict (slot, system, code) do update set count = f.count + excluded.count;
  delete from contact_sync_ledger.faults
  where (slot, system, code) in (
    select f.slot, f.system, f.code
    from contact_sync_ledger.faults f
    where f.slot < now - interval '1 day'
    for update skip locked);
  delete from contact_sync_ledger.workers
  where worker_id in (
    select w.worker_id
    from contact_sync_ledger.workers w
    where w.beat_at < now - interval '1 day'
    for update skip locked);
end
$$;

create or replace function contact_sync_ledger.leave(id text) returns void language sql volatile as $$
  delete from contact_sync_ledger.workers where worker_id = id
$$;
