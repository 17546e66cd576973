-- What is wrong with the hub, since when, who was told of it and who has yet to be: it outlives every process, so that each
-- alert fires once and no notice is lost.
--
-- Invariants
--   * one alert of a name (code and subject) that is not over.
--   * revision rises with every step of an alert's state; a step is taken by whoever read the revision that it still has.
--     What people do (acknowledge, silence) and a new text are no steps.
--   * fired_at is set once it fires, resolved_at once it is over: nothing is over that never fired.
--   * one notice an alert, event and sink. It is made in the transaction of the step that it tells of, and it is told, or
--     given up after a day, or dropped since nobody wants to hear of it; else it is due.
--   * a notice that somebody tells now is due again when his lease is over.
create table if not exists contact_sync_ledger.alerts (
  alert_id bigint generated always as identity primary key,
  code text not null,
  subject text not null,
  severity text not null check (severity in ('critical', 'warning')),
  state text not null check (state in ('pending', 'firing', 'resolved')),
  revision bigint not null default 1,
  message text not null,
  advice text not null,
  value double precision,
  since timestamptz not null,
  fired_at timestamptz,
  resolved_at timestamptz,
  right_since timestamptz,
  acknowledged_by text,
  acknowledged_at timestamptz,
  silenced_until timestamptz,
  silenced_by text,
  check ((state = 'pending') = (fired_at is null)),
  check ((state = 'resolved') = (resolved_at is not null))
);

create unique index if not exists alerts_open on contact_sync_ledger.alerts (code, subject)
where
  state <> 'resolved';

create index if not exists alerts_of_name on contact_sync_ledger.alerts (code, subject, alert_id);

create index if not exists alerts_resolved on contact_sync_ledger.alerts (resolved_at)
where
  state = 'resolved';

create table if not exists contact_sync_ledger.alert_notices (
  notice_id bigint generated always as identity primary key,
  alert_id bigint not null references contact_sync_ledger.alerts on delete cascade,
  event text not null check (event in ('firing', 'resolved')),
  sink text not null,
  created_at timestamptz not null default clock_timestamp(),
  due_at timestamptz not null default clock_timestamp(),
  attempts integer not null default 0,
  code text,
  sent_at timestamptz,
  dropped_at timestamptz,
  -- Why nobody is told.
  dropped_for text check (dropped_for in ('acknowledged', 'silenced', 'given up')),
  unique (alert_id, event, sink)
);

create index if not exists alert_notices_due on contact_sync_ledger.alert_notices (sink, due_at)
where
  sent_at is null
  and dropped_at is null;

create or replace function contact_sync_ledger.alert(a contact_sync_ledger.alerts) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'alert_id', a.alert_id::text, 'code', a.code, 'subject', a.subject, 'severity', a.severity, 'state', a.state,
    'message', a.message, 'advice', a.advice, 'value', a.value, 'since', a.since, 'fired_at', a.fired_at,
    'resolved_at', a.resolved_at, 'acknowledged_by', a.acknowledged_by, 'acknowledged_at', a.acknowledged_at,
    'silenced_until', a.silenced_until, 'silenced_by', a.silenced_by)
$$;

create or replace function contact_sync_ledger.alerts(filter jsonb, most integer) returns jsonb language sql stable as $$
  select coalesce(jsonb_agg(contact_sync_ledger.alert(x.a) order by x.at desc, (x.a).alert_id desc), '[]')
  from (
    select a, coalesce(a.resolved_at, a.since) as at
    from contact_sync_ledger.alerts a
    where (filter ->> 'code' is null or a.code = filter ->> 'code')
      and case filter ->> 'state'
        when 'all' then true
        when 'firing' then a.state = 'firing'
        when 'resolved' then a.state = 'resolved'
        else a.state <> 'resolved'
      end
    order by 2 desc, a.alert_id desc
    limit most
  ) x
$$;

create or replace function contact_sync_ledger.open_alerts() returns jsonb language sql volatile as $$
  select jsonb_build_object('at', clock_timestamp(), 'alerts', coalesce(jsonb_agg(
    contact_sync_ledger.alert(a) || jsonb_build_object('revision', a.revision, 'right_since', a.right_since)
    order by a.code, a.subject), '[]'))
  from contact_sync_ledger.alerts a
  where a.state <> 'resolved'
$$;

-- In the order of their names, so that two that save at once never wait for each other in a circle.
create or replace function contact_sync_ledger.save_alerts(changes jsonb) returns jsonb language plpgsql volatile as $$
declare
  step record;
  was contact_sync_ledger.alerts;
  now_is contact_sync_ledger.alerts;
  silent contact_sync_ledger.alerts;
  taken jsonb := '[]';
begin
  for step in
    select x.*
    from jsonb_to_recordset(changes) x(
      alert_id bigint, revision bigint, code text, subject text, severity text, state text, message text, advice text,
      value double precision, since timestamptz, fired_at timestamptz, resolved_at timestamptz, right_since timestamptz,
      notices jsonb)
    order by x.code, x.subject
  loop
    was := null;
    if step.alert_id is null then
      -- A silence is of the name: it holds for whatever comes under it.
      select a.* into silent
      from contact_sync_ledger.alerts a
      where a.code = step.code and a.subject = step.subject
      order by a.alert_id desc
      limit 1;
      -- One that was over after this began is the same one, kept by somebody else.
      continue when silent.resolved_at > step.since;
      insert into contact_sync_ledger.alerts (
        code, subject, severity, state, message, advice, value, since, fired_at, right_since, silenced_until, silenced_by)
      values (
        step.code, step.subject, step.severity, step.state, step.message, step.advice, step.value, step.since,
        step.fired_at, step.right_since,
        case when silent.silenced_until > clock_timestamp() then silent.silenced_until end,
        case when silent.silenced_until > clock_timestamp() then silent.silenced_by end)
      on conflict (code, subject) where state <> 'resolved' do nothing
      returning * into now_is;
      continue when not found;
    else
      select a.* into was
      from contact_sync_ledger.alerts a
      where a.alert_id = step.alert_id and a.revision = step.revision and a.state <> 'resolved'
      for update;
      continue when not found;
      if step.state = 'gone' then
        delete from contact_sync_ledger.alerts a where a.alert_id = step.alert_id and a.state = 'pending';
        continue;
      end if;
      update contact_sync_ledger.alerts a
      set severity = step.severity, state = step.state, message = step.message, advice = step.advice, value = step.value,
        fired_at = coalesce(a.fired_at, step.fired_at), resolved_at = step.resolved_at, right_since = step.right_since,
        revision = a.revision
          + (a.state <> step.state or a.right_since is distinct from step.right_since)::integer
      where a.alert_id = step.alert_id
      returning * into now_is;
    end if;

    -- Somebody who has it in hand needs no news of it.
    if now_is.state = 'firing' and was.fired_at is null and now_is.acknowledged_at is null then
      insert into contact_sync_ledger.alert_notices (alert_id, event, sink, sent_at)
      select now_is.alert_id, 'firing', n.sink, case when n.told then now_is.fired_at end
      from jsonb_to_recordset(step.notices) n(sink text, told boolean)
      on conflict do nothing;
    elsif now_is.state = 'resolved' then
      if now_is.silenced_until > clock_timestamp() then
        update contact_sync_ledger.alert_notices n
        set dropped_at = clock_timestamp(), dropped_for = 'silenced'
        where n.alert_id = now_is.alert_id and n.sent_at is null and n.dropped_at is null;
      else
        insert into contact_sync_ledger.alert_notices (alert_id, event, sink)
        select n.alert_id, 'resolved', n.sink
        from contact_sync_ledger.alert_notices n
        where n.alert_id = now_is.alert_id and n.event = 'firing'
        on conflict do nothing;
      end if;
    end if;
    taken := taken || contact_sync_ledger.alert(now_is);
  end loop;
  return taken;
end
$$;

-- The first who has it in hand has it. What was not yet told says nothing more, until it is over.
create or replace function contact_sync_ledger.acknowledge_alert(id bigint, who text) returns jsonb
language plpgsql volatile as $$
declare
  now_is contact_sync_ledger.alerts;
begin
  update contact_sync_ledger.alerts a
  set acknowledged_by = who, acknowledged_at = clock_timestamp()
  where a.alert_id = id and a.state <> 'resolved' and a.acknowledged_at is null
  returning * into now_is;
  if found then
    update contact_sync_ledger.alert_notices n
    set dropped_at = clock_timestamp(), dropped_for = 'acknowledged'
    where n.alert_id = id and n.sent_at is null and n.dropped_at is null;
  end if;
  return (select contact_sync_ledger.alert(a) from contact_sync_ledger.alerts a where a.alert_id = id);
end
$$;

create or replace function contact_sync_ledger.silence_alert(id bigint, how_long interval, who text) returns jsonb
language plpgsql volatile as $$
begin
  update contact_sync_ledger.alerts a
  set silenced_until = case when how_long > interval '0' then clock_timestamp() + how_long end,
    silenced_by = case when how_long > interval '0' then who end
  where a.alert_id = id
    -- The silence of a name lies in the last alert that has it.
    or a.alert_id = (
      select max(l.alert_id)
      from contact_sync_ledger.alerts l
      join contact_sync_ledger.alerts o on o.code = l.code and o.subject = l.subject
      where o.alert_id = id);
  return (select contact_sync_ledger.alert(a) from contact_sync_ledger.alerts a where a.alert_id = id);
end
$$;

create or replace function contact_sync_ledger.claim_notice(wanted_sink text, lease interval, patience interval) returns jsonb
language plpgsql volatile as $$
declare
  claimed contact_sync_ledger.alert_notices;
begin
  -- The time for which somebody wanted to hear nothing does not count.
  update contact_sync_ledger.alert_notices n
  set dropped_at = clock_timestamp(), dropped_for = 'given up'
  from contact_sync_ledger.alerts a
  where a.alert_id = n.alert_id and n.sink = wanted_sink and n.sent_at is null and n.dropped_at is null
    and greatest(n.created_at, a.silenced_until) < clock_timestamp() - patience;

  update contact_sync_ledger.alert_notices c
  set due_at = clock_timestamp() + lease, attempts = c.attempts + 1
  where c.notice_id = (
    select n.notice_id
    from contact_sync_ledger.alert_notices n
    join contact_sync_ledger.alerts a on a.alert_id = n.alert_id
    where n.sink = wanted_sink and n.sent_at is null and n.dropped_at is null and n.due_at <= clock_timestamp()
      and (a.silenced_until is null or a.silenced_until <= clock_timestamp())
      and (n.event = 'firing' or not exists (
        select
        from contact_sync_ledger.alert_notices f
        where f.alert_id = n.alert_id and f.sink = n.sink and f.event = 'firing' and f.sent_at is null
          and f.dropped_at is null))
    order by n.notice_id
    limit 1
    for update of n skip locked)
  returning * into claimed;
  return (
    select jsonb_build_object(
      'notice_id', claimed.notice_id::text, 'event', claimed.event, 'sink', claimed.sink, 'attempts', claimed.attempts,
      'alert', contact_sync_ledger.alert(a))
    from contact_sync_ledger.alerts a
    where a.alert_id = claimed.alert_id);
end
$$;

create or replace function contact_sync_ledger.notice_sent(id bigint) returns void language sql volatile as $$
  update contact_sync_ledger.alert_notices
  set sent_at = clock_timestamp(), dropped_at = null, dropped_for = null, code = null
  where notice_id = id and sent_at is null
$$;

-- Whoever claimed it after that tells of it himself.
create or replace function contact_sync_ledger.notice_failed(id bigint, tried integer, wait interval, fault text) returns void
language sql volatile as $$
  update contact_sync_ledger.alert_notices n
  set due_at = clock_timestamp() + wait,
    attempts = n.attempts - (fault is null)::integer,
    code = coalesce(fault, n.code)
  where n.notice_id = id and n.attempts = tried and n.sent_at is null
$$;
