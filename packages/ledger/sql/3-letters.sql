-- Records failures. One open dead letter a queue, system and key: a further failure brings it up to date. A delivery that
-- failed at a version that is no longer the head's is history already, and parks nothing.
create or replace function contact_sync_ledger.bury(letters jsonb) returns jsonb language plpgsql volatile as $$
declare
  result jsonb;
begin
  -- A commit that moves the head closes the letters of its deliveries: none may slip in behind it with the old version.
  perform contact_sync_ledger.lock_heads(array(
    select l.contact_id from jsonb_to_recordset(letters) l(queue text, contact_id bigint) where l.queue <> 'ingest'));

  with incoming as (
    select distinct on (l.queue, l.system, l.key) l.*, h.version as head_version
    from jsonb_to_recordset(letters) l(
      queue text, system text, key text, contact_id bigint, version bigint, code text, field text, reason text,
      advice text, attempts integer)
    left join contact_sync_ledger.heads h on h.contact_id = l.contact_id
    order by l.queue, l.system, l.key
  ), buried as (
    insert into contact_sync_ledger.dead_letters as d
      (queue, system, key, contact_id, version, code, field, reason, advice, attempts)
    select queue, system, key, contact_id, coalesce(version, case when queue <> 'ingest' then head_version end), code,
      field, reason, advice, attempts
    from incoming
    where queue = 'ingest' or version is null or version = head_version
    order by queue, system, key
    on conflict (queue, system, key) where status = 'open' do update
    set contact_id = coalesce(excluded.contact_id, d.contact_id), version = excluded.version, code = excluded.code,
      field = excluded.field, reason = excluded.reason, advice = excluded.advice, attempts = d.attempts + excluded.attempts,
      failed_at = clock_timestamp()
    returning d.*
  ), parked as (
    update contact_sync_ledger.deliveries d
    set dead_letter_id = b.dead_letter_id
    from buried b
    where b.queue <> 'ingest' and d.contact_id = b.contact_id and d.target = b.system
  )
  select coalesce(jsonb_agg(contact_sync_ledger.letter(b) order by b.dead_letter_id), '[]') into result from buried b;
  return result;
end
$$;

create or replace function contact_sync_ledger.letter(d contact_sync_ledger.dead_letters) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'dead_letter_id', d.dead_letter_id::text, 'queue', d.queue, 'system', d.system, 'key', d.key,
    'contact_id', d.contact_id::text, 'version', d.version, 'code', d.code, 'field', d.field, 'reason', d.reason,
    'advice', d.advice, 'attempts', d.attempts, 'created_at', d.created_at)
$$;

create or replace function contact_sync_ledger.dead_letters(ids bigint[], wanted_queue text, contacts bigint[]) returns jsonb
language sql stable as $$
  select coalesce(jsonb_agg(contact_sync_ledger.letter(d) order by d.dead_letter_id), '[]')
  from contact_sync_ledger.dead_letters d
  where d.status = 'open'
    and (ids is null or d.dead_letter_id = any (ids))
    and (wanted_queue is null or d.queue = wanted_queue)
    and (contacts is null or d.contact_id = any (contacts))
$$;

-- Letters that are closed park nothing any more: their deliveries may go, their edits are open to ingest again unless done.
-- A discarded one goes on parking its delivery: this version is not sent there any more, until the head moves (commit()) or
-- the target is found in step. Somebody who edits there meanwhile and loses is not written over either: that is less than
-- the rule asks, and what was asked for: nothing is sent there until there is something new.
create or replace function contact_sync_ledger.close_dead_letters(ids bigint[], how text, who text) returns void
language plpgsql volatile as $$
declare
  closed bigint[];
begin
  perform contact_sync_ledger.lock_heads(array(
    select d.contact_id from contact_sync_ledger.deliveries d where d.dead_letter_id = any (ids)));
  perform 1
  from contact_sync_ledger.dead_letters
  where dead_letter_id = any (ids)
  order by queue, system, key
  for no key update;
  closed := array(
    select dead_letter_id from contact_sync_ledger.dead_letters where dead_letter_id = any (ids) and status = 'open');
  perform 1
  from contact_sync_ledger.inbox
  where dead_letter_id = any (closed)
  order by system, key
  for no key update;

  update contact_sync_ledger.deliveries set dead_letter_id = null, emitted_at = null, emits = 0
  where dead_letter_id = any (closed) and how <> 'discarded';
  update contact_sync_ledger.inbox
  set dead_letter_id = null, told_at = clock_timestamp(), done_at = case when how = 'discarded' then clock_timestamp() else done_at end
  where dead_letter_id = any (closed);
  update contact_sync_ledger.dead_letters
  set status = how, closed_at = clock_timestamp(), closed_by = who
  where dead_letter_id = any (closed);
end
$$;

-- A letter about a record as it stood, which keeps no edit, is answered by a later edit of the record that was decided
-- over. Letters that keep an edit wait for a person.
create or replace function contact_sync_ledger.close_answered() returns integer language plpgsql volatile as $$
declare
  closed integer;
begin
  update contact_sync_ledger.dead_letters d
  set status = 'superseded', closed_at = clock_timestamp(), closed_by = 'hub'
  where d.status = 'open' and d.queue = 'ingest'
    and not exists (select 1 from contact_sync_ledger.inbox i where i.dead_letter_id = d.dead_letter_id)
    and exists (
      select 1
      from contact_sync_ledger.inbox i
      where i.system = d.system and i.record_id = d.key and i.done_at > d.failed_at);
  get diagnostics closed = row_count;
  return closed;
end
$$;
