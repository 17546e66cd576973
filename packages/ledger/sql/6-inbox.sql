-- Puts edits into the inbox once, however often they are told, and moves the system's cursor in the same transaction.
create or replace function contact_sync_ledger.receive(wanted_system text, changes jsonb, new_cursor text)
returns text[] language plpgsql volatile as $$
declare
  numbers regclass := pg_get_serial_sequence('contact_sync_ledger.inbox', 'inbox_id');
  records text[];
begin
  -- Numbered as they were told, before any join may shuffle them; written in the order of their keys.
  with told as materialized (
    select c.*, nextval(numbers) as inbox_id
    from jsonb_to_recordset(changes) c(key text, record_id text, contact_id bigint, record text)
  ), kept as (
    insert into contact_sync_ledger.inbox (inbox_id, system, key, record_id, contact_id, record)
    overriding system value
    select inbox_id, wanted_system, key, record_id, contact_id, record
    from told
    where not exists (
      select 1 from contact_sync_ledger.inbox i where i.system = wanted_system and i.key = told.key)
    order by key, inbox_id
    on conflict (system, key) do nothing
    returning record_id
  )
  select coalesce(array_agg(distinct record_id), '{}') into records from kept;
  if new_cursor is not null then
    insert into contact_sync_ledger.systems as s (system, cursor)
    values (wanted_system, new_cursor)
    on conflict (system) do update set cursor = excluded.cursor where s.cursor is distinct from excluded.cursor;
  end if;
  return records;
end
$$;

-- Records whose edits nobody has decided over for a while. Each telling doubles the wait for the next, so that an
-- outage does not fill the queue with repetitions; after sixteen times the grace it goes on without growing.
create or replace function contact_sync_ledger.pending_inbox(wanted_system text, grace interval, most integer)
returns text[] language sql volatile as $$
  with picked as (
    select inbox_id
    from contact_sync_ledger.inbox
    where system = wanted_system and done_at is null and dead_letter_id is null
      and told_at < clock_timestamp() - grace * (2 ^ least(tells, 4))
    order by told_at
    limit most
    for update skip locked
  ), told as (
    update contact_sync_ledger.inbox i
    set told_at = clock_timestamp(), tells = tells + 1
    from picked p
    where i.inbox_id = p.inbox_id
    returning i.record_id
  )
  select coalesce(array_agg(distinct record_id), '{}') from told
$$;

-- As above, for deliveries that are behind and may go: what is braked is not told of before it may.
create or replace function contact_sync_ledger.pending(
  wanted_target text,
  grace interval,
  most integer,
  storm integer default 60
) returns text[] language sql volatile as $$
  with picked as (
    select d.contact_id
    from contact_sync_ledger.deliveries d
    cross join contact_sync_ledger.going(d.contact_id)
    where d.target = wanted_target and d.behind and d.dead_letter_id is null
      and (d.emitted_at is null or d.emitted_at < clock_timestamp() - grace * (2 ^ least(d.emits, 4)))
      and not exists (select from contact_sync_ledger.braked(d.contact_id, d.written_at, storm))
    order by d.emitted_at nulls first
    limit most
    for update of d skip locked
  ), told as (
    update contact_sync_ledger.deliveries d
    set emitted_at = clock_timestamp(), emits = emits + 1
    from picked p
    where d.contact_id = p.contact_id and d.target = wanted_target
    returning d.contact_id
  )
  select coalesce(array_agg(contact_id::text), '{}') from told
$$;

-- What BigQuery has yet to be told.
create or replace function contact_sync_ledger.unappended(ids bigint[], grace interval, most integer) returns json
language sql stable as $$
  select json_build_object(
    'rows', (
      select coalesce(json_agg(json_build_object(
        'contact_id', v.contact_id::text,
        'version', v.version,
        'content_hash', v.content_hash,
        'change_id', v.contact_id || ':' || v.version || ':' || v.content_hash,
        'status', v.status,
        'last_updated', v.last_updated,
        'last_updated_by', v.last_updated_by,
        'content', v.content::json,
        'source', v.source,
        'recorded_at', v.recorded_at)), '[]')
      from (
        select *
        from contact_sync_ledger.versions
        where appended_at is null and (ids is null or contact_id = any (ids))
          and committed_at <= clock_timestamp() - grace
        order by committed_at
        limit most
      ) v),
    'events', (
      select coalesce(json_agg(e.event::json), '[]')
      from (
        select event
        from contact_sync_ledger.conflict_events
        where appended_at is null and ids is null and committed_at <= clock_timestamp() - grace
        order by committed_at
        limit most
      ) e))
$$;

create or replace function contact_sync_ledger.mark_appended(rows jsonb, event_ids text[]) returns void
language sql volatile as $$
  with told as (
    select v.contact_id, v.version, v.content_hash
    from contact_sync_ledger.versions v
    join jsonb_to_recordset(rows) r(contact_id bigint, version bigint, content_hash text)
      on v.contact_id = r.contact_id and v.version = r.version and v.content_hash = r.content_hash
    where v.appended_at is null
    order by v.contact_id, v.version, v.content_hash
    for no key update of v
  )
  update contact_sync_ledger.versions v
  set appended_at = clock_timestamp()
  from told t
  where v.contact_id = t.contact_id and v.version = t.version and v.content_hash = t.content_hash;
  with told as (
    select event_id
    from contact_sync_ledger.conflict_events
    where event_id = any (event_ids) and appended_at is null
    order by event_id
    for no key update
  )
  update contact_sync_ledger.conflict_events e
  set appended_at = clock_timestamp()
  from told t
  where e.event_id = t.event_id;
  select contact_sync_ledger.succeeded('bigquery');
$$;
