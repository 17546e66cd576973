-- Whose turn it is to run a schedule, and who has paused it.
--
-- Invariants
--   * a schedule has one holder at most: who begins it takes the row's lock, and begins only when nobody holds it, or the
--     lease of whoever did has run out. All times are this database's.
--   * a turn is named by the number of its run, which only grows: whoever lost it can neither renew nor end another's.
--   * lease_until is null unless a run is under way. One whose lease ran out was lost: it counts as failed at that instant.
create table if not exists contact_sync_ledger.turns (
  name text primary key,
  runs bigint not null default 0,
  began_at timestamptz,
  lease_until timestamptz,
  ended_at timestamptz,
  outcome text check (outcome in ('done', 'failed')),
  code text,
  paused_at timestamptz,
  paused_by text
);

-- returns: the number of the run; null: it is held; -1: it is paused.
create or replace function contact_sync_ledger.begin_turn(wanted text, lease interval, force boolean) returns bigint
language plpgsql volatile as $$
declare
  known contact_sync_ledger.turns;
begin
  insert into contact_sync_ledger.turns (name) values (wanted) on conflict do nothing;
  select t.* into known from contact_sync_ledger.turns t where t.name = wanted for update;
  if known.paused_at is not null and not force then
    return -1;
  elsif known.lease_until > clock_timestamp() then
    return null;
  end if;
  update contact_sync_ledger.turns t
  set runs = t.runs + 1, began_at = clock_timestamp(), lease_until = clock_timestamp() + lease,
    ended_at = coalesce(t.lease_until, t.ended_at),
    outcome = case when t.lease_until is null then t.outcome else 'failed' end,
    code = case when t.lease_until is null then t.code else 'RUN_LOST' end
  where t.name = wanted;
  return known.runs + 1;
end
$$;

create or replace function contact_sync_ledger.renew_turn(wanted text, run bigint, lease interval) returns boolean
language plpgsql volatile as $$
begin
  update contact_sync_ledger.turns
  set lease_until = clock_timestamp() + lease
  where name = wanted and runs = run and lease_until is not null;
  return found;
end
$$;

create or replace function contact_sync_ledger.end_turn(wanted text, run bigint, how text, why text) returns void
language sql volatile as $$
  update contact_sync_ledger.turns
  set lease_until = null, ended_at = clock_timestamp(), outcome = how, code = why
  where name = wanted and runs = run and lease_until is not null
$$;

create or replace function contact_sync_ledger.turns() returns json language sql stable as $$
  select coalesce(json_agg(json_build_object(
    'name', t.name,
    'began_at', t.began_at,
    'ended_at', case when l.lost then t.lease_until else t.ended_at end,
    'outcome', case when l.lost then 'failed' else t.outcome end,
    'code', case when l.lost then 'RUN_LOST' else t.code end,
    'running', t.lease_until is not null and not l.lost,
    'runs', t.runs,
    'paused_at', t.paused_at,
    'paused_by', t.paused_by) order by t.name), '[]')
  from contact_sync_ledger.turns t
  cross join lateral (select coalesce(t.lease_until <= clock_timestamp(), false) as lost) l
$$;

-- Whoever paused it first is named, until somebody resumes it. A run under way goes on to its end.
create or replace function contact_sync_ledger.pause_schedule(wanted text, who text) returns void
language sql volatile as $$
  insert into contact_sync_ledger.turns as t (name, paused_at, paused_by)
  values (wanted, clock_timestamp(), who)
  on conflict (name) do update set paused_at = excluded.paused_at, paused_by = excluded.paused_by
  where t.paused_at is null
$$;

create or replace function contact_sync_ledger.resume_schedule(wanted text) returns void language sql volatile as $$
  update contact_sync_ledger.turns set paused_at = null, paused_by = null where name = wanted
$$;
