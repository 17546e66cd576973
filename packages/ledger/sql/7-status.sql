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
        'inbox', (
          select count(*) from contact_sync_ledger.inbox i
          where i.system = s.system and i.done_at is null and i.dead_letter_id is null),
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
      ) p on true))
$$;
