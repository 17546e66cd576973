-- What people do, kept before it is begun: who, from where, about what, why, and what came of it.
--
-- Invariants
--   * one action a key: a repetition is answered with what the first came to. One that failed, or was cut off, gives its key
--     to the next attempt, which is an action of its own.
--   * an action ends once.
create table if not exists contact_sync_ledger.actions (
  action_id bigint generated always as identity primary key,
  kind text not null,
  subjects text[] not null,
  by text not null,
  via text not null,
  reason text,
  key text,
  digest text not null,
  begun_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  outcome text check (outcome in ('done', 'failed')),
  result text
);

create unique index if not exists actions_key on contact_sync_ledger.actions (key)
where
  key is not null;

create index if not exists actions_subjects on contact_sync_ledger.actions using gin (subjects);

create or replace function contact_sync_ledger.action(a contact_sync_ledger.actions) returns json language sql stable as $$
  select json_build_object(
    'action_id', a.action_id::text, 'kind', a.kind, 'subjects', to_json(a.subjects), 'by', a.by, 'via', a.via,
    'reason', a.reason, 'begun_at', a.begun_at, 'ended_at', a.ended_at, 'outcome', a.outcome, 'result', a.result::json)
$$;

-- Whether it may begin. Two that come at once under one key wait for each other at its index.
create or replace function contact_sync_ledger.begin_action(action jsonb, patience interval) returns json
language plpgsql volatile as $$
declare
  begun bigint;
  known contact_sync_ledger.actions;
begin
  loop
    insert into contact_sync_ledger.actions (kind, subjects, by, via, reason, key, digest)
    select x.kind, x.subjects, x.by, x.via, x.reason, x.key, x.digest
    from jsonb_to_record(action) x(kind text, subjects text[], by text, via text, reason text, key text, digest text)
    on conflict (key) where key is not null do nothing
    returning action_id into begun;
    if begun is not null then
      return json_build_object('state', 'begun', 'action_id', begun::text);
    end if;

    -- Under its lock: it may be ending at this very moment.
    select a.* into known from contact_sync_ledger.actions a where a.key = action ->> 'key' for update;
    if found then
      if known.digest <> action ->> 'digest' then
        return json_build_object('state', 'mismatch');
      elsif known.outcome = 'done' then
        return json_build_object('state', 'done', 'action_id', known.action_id::text, 'result', known.result::json);
      elsif known.outcome is null and known.begun_at > clock_timestamp() - patience then
        return json_build_object('state', 'running');
      end if;
      update contact_sync_ledger.actions set key = null where action_id = known.action_id;
    end if;
  end loop;
end
$$;

create or replace function contact_sync_ledger.end_action(id bigint, how text, what text) returns void
language sql volatile as $$
  update contact_sync_ledger.actions
  set ended_at = clock_timestamp(), outcome = how, result = what
  where action_id = id and ended_at is null
$$;

create or replace function contact_sync_ledger.actions_of(subject text, after bigint, most integer) returns json
language plpgsql stable as $$
declare
  found json;
begin
  -- Apart: of many actions few are about one subject, and of few subjects one may be of many actions.
  if subject is null then
    select coalesce(json_agg(contact_sync_ledger.action(x.a) order by (x.a).action_id desc), '[]') into found
    from (
      select a
      from contact_sync_ledger.actions a
      where after is null or a.action_id < after
      order by a.action_id desc
      limit most
    ) x;
  else
    select coalesce(json_agg(contact_sync_ledger.action(x.a) order by (x.a).action_id desc), '[]') into found
    from (
      select a
      from contact_sync_ledger.actions a
      where a.subjects @> array[subject] and (after is null or a.action_id < after)
      order by a.action_id desc
      limit most
    ) x;
  end if;
  return found;
end
$$;
