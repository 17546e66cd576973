-- Linked records of living contacts, in the order of their ids, for a comparison with what the system has.
create or replace function contact_sync_ledger.linked(wanted_system text, after_id text, most integer) returns json
language sql stable as $$
  select coalesce(json_agg(json_build_object(
    'record_id', l.record_id,
    'contact_id', l.contact_id::text,
    'version', coalesce(d.version, h.version),
    'seen_at', coalesce(d.delivered_at, h.changed_at)) order by l.record_id collate "C"), '[]')
  from (
    select l.record_id, l.contact_id
    from contact_sync_ledger.links l
    join contact_sync_ledger.heads h on h.contact_id = l.contact_id and not h.deleted
    where l.system = wanted_system and l.record_id collate "C" > after_id
    order by l.record_id collate "C"
    limit most
  ) l
  join contact_sync_ledger.heads h on h.contact_id = l.contact_id
  left join contact_sync_ledger.deliveries d on d.contact_id = l.contact_id and d.target = wanted_system
$$;

-- One comparison at a time, of all workers, and none too soon after another.
create or replace function contact_sync_ledger.claim_comparison(wanted_system text, every interval) returns boolean
language plpgsql volatile as $$
begin
  insert into contact_sync_ledger.systems as s (system, compared_at)
  values (wanted_system, clock_timestamp())
  on conflict (system) do update set compared_at = excluded.compared_at
  where s.compared_at is null or s.compared_at < clock_timestamp() - every;
  return found;
end
$$;

create or replace function contact_sync_ledger.release_comparison(wanted_system text) returns void language sql volatile as $$
  update contact_sync_ledger.systems set compared_at = null where system = wanted_system
$$;
