create or replace function contact_sync_ledger.conflicts(ids text[]) returns json language sql stable as $$
  select coalesce(json_agg(json_build_object(
    'conflict_id', c.conflict_id,
    'contact_id', c.contact_id::text,
    'version', c.version,
    'last_updated', c.last_updated,
    'candidates', c.candidates::json,
    'events', c.events) order by c.opened_at), '[]')
  from contact_sync_ledger.conflicts c
  where c.status = 'open' and (ids is null or c.conflict_id = any (ids))
$$;

-- Counts as an independent recount would find them: from the tables, never from events.
create or replace function contact_sync_ledger.status(systems text[]) returns json language sql stable as $$
  select json_build_object(
    'contacts', (select count(*) from contact_sync_ledger.heads where not deleted),
    'conflicts', (select count(*) from contact_sync_ledger.conflicts where status = 'open'),
    'dead_letters', (select count(*) from contact_sync_ledger.dead_letters where status = 'open'),
    'systems', (
      select json_agg(json_build_object(
        'system', s.system,
        'pending', coalesce(p.pending, 0),
        'oldest_pending_s', extract(epoch from clock_timestamp() - p.oldest),
        'inbox', coalesce(e.undecided, 0),
        'oldest_inbox_s', extract(epoch from clock_timestamp() - e.oldest),
        'last_success', (select y.last_success from contact_sync_ledger.systems y where y.system = s.system),
        'dead_letters', (
          select count(*) from contact_sync_ledger.dead_letters d where d.system = s.system and d.status = 'open')
      ) order by s.place)
      from unnest(systems) with ordinality s(system, place)
      left join lateral (
        select count(*) as pending, min(oldest) as oldest
        from (
          select d.behind_since as oldest
          from contact_sync_ledger.deliveries d
          where d.target = s.system and d.behind and d.dead_letter_id is null
            and not exists (
              select 1 from contact_sync_ledger.conflicts c
              where c.contact_id = d.contact_id and c.status = 'open')
          union all
          select v.committed_at
          from contact_sync_ledger.versions v
          where s.system = 'bigquery' and v.appended_at is null
        ) x
      ) p on true
      left join lateral (
        select count(*) as undecided, min(i.received_at) as oldest
        from contact_sync_ledger.inbox i
        where i.system = s.system and i.done_at is null and i.dead_letter_id is null
      ) e on true))
$$;

-- How far a contact has come. What waits for a person comes first, then what is to be done: a contact with both a dead letter
-- and a delivery on its way is pending. One that is only parked by a letter that was discarded is in step: nothing is left
-- to do until its head moves. Written to be inlined.
create or replace function contact_sync_ledger.standing(id bigint) returns table (state text)
language sql stable rows 1 as $$
  select case
    when exists (select from contact_sync_ledger.conflicts c where c.contact_id = id and c.status = 'open')
    then 'conflict'
    when exists (
        select from contact_sync_ledger.deliveries t where t.contact_id = id and t.behind and t.dead_letter_id is null)
      or exists (select from contact_sync_ledger.versions v where v.contact_id = id and v.appended_at is null)
      or exists (
        select
        from contact_sync_ledger.links l
        join contact_sync_ledger.inbox i on i.system = l.system and i.record_id = l.record_id
        where l.contact_id = id and i.done_at is null and i.dead_letter_id is null)
    then 'pending'
    when exists (select from contact_sync_ledger.dead_letters e where e.contact_id = id and e.status = 'open')
    then 'dead_letter'
    else 'in_step'
  end
$$;

-- Contacts one by one, in the order of their ids.
create or replace function contact_sync_ledger.standings(ids bigint[], since timestamptz, after bigint, most integer)
returns json language sql stable as $$
  select json_build_object('now', clock_timestamp(), 'contacts', coalesce(json_agg(json_build_object(
    'contact_id', x.contact_id::text, 'state', x.state, 'changed_at', x.changed_at) order by x.contact_id), '[]'))
  from (
    select s.*
    from (
      select h.contact_id, greatest(h.changed_at, d.written_at) as changed_at, t.state
      from contact_sync_ledger.heads h
      cross join lateral (
        select max(t.written_at) as written_at
        from contact_sync_ledger.deliveries t
        where t.contact_id = h.contact_id
      ) d
      cross join contact_sync_ledger.standing(h.contact_id) t
      where (ids is null or h.contact_id = any (ids)) and (after is null or h.contact_id > after)
    ) s
    where since is null or s.changed_at >= since or s.state <> 'in_step'
    order by s.contact_id
    limit most
  ) x
$$;
