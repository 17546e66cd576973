-- Forgets what was only of use for a while. BigQuery keeps every version; what people did and what became of edits is kept
-- for as long as somebody says, and no longer.
--
-- Invariants
--   * whatever is decided, delivered, counted or shown as open is the same before and after: contacts(), snapshot(),
--     deliverable(), pending(), pending_inbox(), close_answered(), status() and standings(). Only history gets shorter.
--   * of a contact the newest twenty versions stay, and those that kept_versions() names, which are all that a decision looks
--     at; nothing of a contact goes that waits for a person.
--   * an edit's key stays for at least as long as its system may tell of it again, which no system does for days.
--   * the newest receipt of each contact and target stays, a discarded letter that still parks a delivery, a conflict some
--     event of which BigQuery has not got, and the last look at each system.
--   * one page of one kind a call. Versions and receipts go under the lock of their heads, in the order of 1-schema.sql; of
--     everything else what somebody has locked is passed over, so that nobody is waited for.
create or replace function contact_sync_ledger.forgettable_versions(ids bigint[], before timestamptz, most integer)
returns table (contact_id bigint, version bigint, content_hash text) language sql stable as $$
  select v.contact_id, v.version, v.content_hash
  from contact_sync_ledger.heads h
  cross join lateral (
    select x.contact_id, x.version, x.content_hash, x.committed_at, x.appended_at
    from contact_sync_ledger.versions x
    where x.contact_id = h.contact_id
    order by x.version desc, x.committed_at desc
    offset 20
  ) v
  where (ids is null or h.contact_id = any (ids))
    and v.committed_at < before and v.appended_at is not null
    and h.contact_id not in (select c.contact_id from contact_sync_ledger.conflicts c where c.status = 'open')
    and h.contact_id not in (
      select e.contact_id from contact_sync_ledger.dead_letters e where e.status = 'open' and e.contact_id is not null)
    and h.contact_id not in (
      select l.contact_id
      from contact_sync_ledger.dead_letters e
      join contact_sync_ledger.links l on l.system = e.system and l.record_id = e.key
      where e.status = 'open' and e.queue = 'ingest')
    and not exists (
      select
      from contact_sync_ledger.kept_versions(h.contact_id, h.version, h.content_hash) k
      where k.version = v.version and k.content_hash = v.content_hash)
  limit most
$$;

create or replace function contact_sync_ledger.forget_versions(before timestamptz, most integer) returns integer
language plpgsql volatile as $$
declare
  ids bigint[];
  forgotten integer;
begin
  ids := array(
    select distinct f.contact_id from contact_sync_ledger.forgettable_versions(null, before, most) f);
  perform contact_sync_ledger.lock_heads(ids);
  with doomed as (
    select v.contact_id, v.version, v.content_hash
    from contact_sync_ledger.forgettable_versions(ids, before, most) f
    join contact_sync_ledger.versions v
      on v.contact_id = f.contact_id and v.version = f.version and v.content_hash = f.content_hash
    order by v.contact_id, v.version, v.content_hash
    for update of v
  )
  delete from contact_sync_ledger.versions v
  using doomed d
  where v.contact_id = d.contact_id and v.version = d.version and v.content_hash = d.content_hash;
  get diagnostics forgotten = row_count;
  return forgotten;
end
$$;

-- The newest is that of the highest version, as receipts_of() tells it.
create or replace function contact_sync_ledger.forget_receipts(before timestamptz, most integer) returns integer
language plpgsql volatile as $$
declare
  ids bigint[];
  forgotten integer;
begin
  ids := array(
    select r.contact_id
    from contact_sync_ledger.receipts r
    where r.at < before and r.last_at < before
      and exists (
        select
        from contact_sync_ledger.receipts n
        where n.contact_id = r.contact_id and n.target = r.target
          and (n.version, n.last_at) > (r.version, r.last_at))
    order by r.at
    limit most);
  perform contact_sync_ledger.lock_heads(ids);
  with doomed as (
    select r.contact_id, r.target, r.version, r.content_hash
    from contact_sync_ledger.receipts r
    where r.contact_id = any (ids) and r.last_at < before
      and exists (
        select
        from contact_sync_ledger.receipts n
        where n.contact_id = r.contact_id and n.target = r.target
          and (n.version, n.last_at) > (r.version, r.last_at))
    order by r.contact_id, r.target, r.version, r.content_hash
    limit most
    for update of r
  )
  delete from contact_sync_ledger.receipts r
  using doomed d
  where r.contact_id = d.contact_id and r.target = d.target and r.version = d.version and r.content_hash = d.content_hash;
  get diagnostics forgotten = row_count;
  return forgotten;
end
$$;

-- Edits that were decided over, but for one that a letter about its record is still to be answered by.
create or replace function contact_sync_ledger.forget_inbox(before timestamptz, most integer) returns integer
language plpgsql volatile as $$
declare
  forgotten integer;
begin
  delete from contact_sync_ledger.inbox
  where inbox_id in (
    select i.inbox_id
    from contact_sync_ledger.inbox i
    where i.done_at < before and i.received_at < before and i.dead_letter_id is null
      and not exists (
        select
        from contact_sync_ledger.dead_letters e
        where e.status = 'open' and e.queue = 'ingest' and e.system = i.system and e.key = i.record_id
          and e.failed_at < i.done_at)
    order by i.inbox_id
    limit most
    for update of i skip locked);
  get diagnostics forgotten = row_count;
  return forgotten;
end
$$;

create or replace function contact_sync_ledger.forget_dead_letters(before timestamptz, most integer) returns integer
language plpgsql volatile as $$
declare
  forgotten integer;
begin
  delete from contact_sync_ledger.dead_letters
  where dead_letter_id in (
    select e.dead_letter_id
    from contact_sync_ledger.dead_letters e
    where e.status <> 'open' and e.closed_at < before
      and not exists (select from contact_sync_ledger.deliveries d where d.dead_letter_id = e.dead_letter_id)
      and not exists (select from contact_sync_ledger.inbox i where i.dead_letter_id = e.dead_letter_id)
    order by e.dead_letter_id
    limit most
    for update of e skip locked);
  get diagnostics forgotten = row_count;
  return forgotten;
end
$$;

-- With their events, which are numbered within them; the one that closes it is one more than the conflict counts.
create or replace function contact_sync_ledger.forget_conflicts(before timestamptz, most integer) returns integer
language plpgsql volatile as $$
declare
  ids text[];
begin
  ids := array(
    select c.conflict_id
    from contact_sync_ledger.conflicts c
    where c.status <> 'open' and c.closed_at < before
      and not exists (
        select
        from generate_series(0, c.events + 1) n
        join contact_sync_ledger.conflict_events e on e.event_id = c.conflict_id || ':' || n
        where e.appended_at is null)
    order by c.closed_at, c.conflict_id
    limit most
    for update of c skip locked);
  delete from contact_sync_ledger.conflict_events e
  using contact_sync_ledger.conflicts c, generate_series(0, c.events + 1) n
  where c.conflict_id = any (ids) and e.event_id = c.conflict_id || ':' || n;
  delete from contact_sync_ledger.conflicts where conflict_id = any (ids);
  return cardinality(ids);
end
$$;

-- What was never ended stays: nobody knows what came of it. So does the last look for drift at each system.
create or replace function contact_sync_ledger.forget_actions(before timestamptz, most integer) returns integer
language plpgsql volatile as $$
declare
  forgotten integer;
begin
  delete from contact_sync_ledger.actions
  where action_id in (
    select a.action_id
    from contact_sync_ledger.actions a
    where a.ended_at < before
      and a.action_id not in (
        select max(l.action_id)
        from contact_sync_ledger.actions l
        where l.kind = 'drift' and l.outcome = 'done'
        group by l.subjects)
    order by a.action_id
    limit most
    for update of a skip locked);
  get diagnostics forgotten = row_count;
  return forgotten;
end
$$;

create or replace function contact_sync_ledger.forget_alerts(before timestamptz, most integer) returns integer
language plpgsql volatile as $$
declare
  forgotten integer;
begin
  delete from contact_sync_ledger.alerts
  where alert_id in (
    select a.alert_id
    from contact_sync_ledger.alerts a
    where a.state = 'resolved' and a.resolved_at < before
    order by a.resolved_at
    limit most
    for update of a skip locked);
  get diagnostics forgotten = row_count;
  return forgotten;
end
$$;

-- One page of a kind; returns how many rows of it are gone.
create or replace function contact_sync_ledger.forget(kind text, older interval, most integer) returns integer
language plpgsql volatile as $$
declare
  before constant timestamptz := clock_timestamp() - older;
begin
  return case kind
    when 'inbox' then contact_sync_ledger.forget_inbox(before, most)
    when 'versions' then contact_sync_ledger.forget_versions(before, most)
    when 'receipts' then contact_sync_ledger.forget_receipts(before, most)
    when 'dead_letters' then contact_sync_ledger.forget_dead_letters(before, most)
    when 'conflicts' then contact_sync_ledger.forget_conflicts(before, most)
    when 'actions' then contact_sync_ledger.forget_actions(before, most)
    when 'alerts' then contact_sync_ledger.forget_alerts(before, most)
  end;
end
$$;
