-- Writes a batch of decisions, each contact all or nothing, by compare-and-set on its revision. Locks are taken in the
-- order of contact_id, then links in theirs, so that batches never deadlock.
--
-- plan: {commits: [{contact_id, expected_revision, bump, head}], history, held, links, conflicts, closed, events,
--        inbox_done, rejections, targets}, each flat with its contact_id.
-- returns: {lost: [contact_id], letters: [dead letter], overtaken: [{queue, dead_letter_id}]}
create or replace function contact_sync_ledger.commit(plan jsonb) returns jsonb language plpgsql volatile as $$
declare
  lost bigint[];
  born bigint[];
  moved bigint[];
  touched bigint[];
  overtaken jsonb;
  letters jsonb := '[]';
  rejection jsonb;
begin
  perform 1
  from contact_sync_ledger.heads h
  where h.contact_id in (select c.contact_id from jsonb_to_recordset(plan -> 'commits') c(contact_id bigint))
  order by h.contact_id
  for update;

  select coalesce(array_agg(c.contact_id), '{}') into lost
  from jsonb_to_recordset(plan -> 'commits') c(contact_id bigint, expected_revision bigint)
  left join contact_sync_ledger.heads h on h.contact_id = c.contact_id
  where coalesce(h.revision, 0) <> c.expected_revision;

  -- A record belongs to the contact that linked it first; a contact reborn as another record is linked anew.
  delete from contact_sync_ledger.links old
  using jsonb_to_recordset(plan -> 'links') l(contact_id bigint, system text, record_id text)
  where old.system = l.system and old.contact_id = l.contact_id and old.record_id <> l.record_id
    and l.contact_id <> all (lost);
  insert into contact_sync_ledger.links (system, record_id, contact_id)
  select l.system, l.record_id, l.contact_id
  from jsonb_to_recordset(plan -> 'links') l(contact_id bigint, system text, record_id text)
  where l.contact_id <> all (lost)
  order by l.system, l.record_id
  on conflict do nothing;
  select lost || coalesce(array_agg(l.contact_id), '{}') into lost
  from jsonb_to_recordset(plan -> 'links') l(contact_id bigint, system text, record_id text)
  left join contact_sync_ledger.links k on k.system = l.system and k.record_id = l.record_id
  where k.contact_id is distinct from l.contact_id;

  with incoming as (
    select c.contact_id, h.*
    from jsonb_to_recordset(plan -> 'commits') c(contact_id bigint, expected_revision bigint, head jsonb),
      jsonb_to_record(c.head) h(version bigint, content_hash text, last_updated text, last_updated_by text, deleted boolean)
    where c.expected_revision = 0 and jsonb_typeof(c.head) = 'object' and c.contact_id <> all (lost)
  ), inserted as (
    insert into contact_sync_ledger.heads
      (contact_id, revision, version, content_hash, last_updated, last_updated_by, deleted)
    select contact_id, 1, version, content_hash, last_updated, last_updated_by, deleted
    from incoming
    order by contact_id
    on conflict do nothing
    returning contact_id
  )
  select coalesce(array_agg(i.contact_id) filter (where n.contact_id is not null), '{}'),
    lost || coalesce(array_agg(i.contact_id) filter (where n.contact_id is null), '{}')
  into born, lost
  from incoming i
  left join inserted n on n.contact_id = i.contact_id;

  update contact_sync_ledger.heads h
  set revision = h.revision + 1,
    version = coalesce((c.head ->> 'version')::bigint, h.version),
    content_hash = coalesce(c.head ->> 'content_hash', h.content_hash),
    last_updated = coalesce(c.head ->> 'last_updated', h.last_updated),
    last_updated_by = coalesce(c.head ->> 'last_updated_by', h.last_updated_by),
    deleted = coalesce((c.head ->> 'deleted')::boolean, h.deleted),
    changed_at = case when jsonb_typeof(c.head) = 'object' then clock_timestamp() else h.changed_at end
  from jsonb_to_recordset(plan -> 'commits') c(contact_id bigint, expected_revision bigint, bump boolean, head jsonb)
  where h.contact_id = c.contact_id and c.bump and c.expected_revision > 0 and c.contact_id <> all (lost);

  select coalesce(array_agg(c.contact_id), '{}') into moved
  from jsonb_to_recordset(plan -> 'commits') c(contact_id bigint, head jsonb)
  where jsonb_typeof(c.head) = 'object' and c.contact_id <> all (lost);

  insert into contact_sync_ledger.versions
    (contact_id, version, content_hash, status, last_updated, last_updated_by, content, source, recorded_at, appended_at)
  select v.contact_id, v.version, v.content_hash, v.status, v.last_updated, v.last_updated_by, v.content, v.source,
    v.recorded_at, case when v.appended then clock_timestamp() end
  from jsonb_to_recordset(plan -> 'history') v(
    contact_id bigint, version bigint, content_hash text, status text, last_updated text, last_updated_by text,
    content text, source text, recorded_at text, appended boolean)
  where v.contact_id <> all (lost)
  on conflict do nothing;

  -- A new head is a new chance for what could not be delivered before.
  with reopened as (
    update contact_sync_ledger.dead_letters d
    set status = 'superseded', closed_at = clock_timestamp(), closed_by = 'hub'
    where d.status = 'open' and d.queue <> 'ingest' and d.contact_id = any (moved)
    returning d.queue, d.dead_letter_id
  )
  select coalesce(jsonb_agg(jsonb_build_object('queue', queue, 'dead_letter_id', dead_letter_id::text)), '[]')
  into overtaken
  from reopened;
  insert into contact_sync_ledger.deliveries as d (contact_id, target, behind, emitted_at)
  select m.contact_id, t.target, false, clock_timestamp()
  from unnest(moved) m(contact_id), jsonb_array_elements_text(plan -> 'targets') t(target)
  on conflict (contact_id, target) do update set emitted_at = excluded.emitted_at, emits = 0, dead_letter_id = null;
  insert into contact_sync_ledger.deliveries as d (contact_id, target, version, content_hash, behind, delivered_at)
  select l.contact_id, l.target, l.version, l.content_hash, false, clock_timestamp()
  from jsonb_to_recordset(plan -> 'held') l(contact_id bigint, target text, version bigint, content_hash text)
  where l.contact_id <> all (lost)
  on conflict (contact_id, target) do update
  set version = excluded.version, content_hash = excluded.content_hash, delivered_at = excluded.delivered_at;
  select moved || coalesce(array_agg(l.contact_id), '{}') into touched
  from jsonb_to_recordset(plan -> 'held') l(contact_id bigint)
  where l.contact_id <> all (lost);
  perform contact_sync_ledger.measure(touched);

  update contact_sync_ledger.conflicts c
  set status = x.status, closed_at = clock_timestamp(), closed_by = x.by, chosen = x.chosen
  from jsonb_to_recordset(plan -> 'closed') x(contact_id bigint, conflict_id text, status text, by text, chosen text)
  where c.conflict_id = x.conflict_id and x.contact_id <> all (lost);
  insert into contact_sync_ledger.conflicts as c (conflict_id, contact_id, version, last_updated, candidates, events)
  select x.conflict_id, x.contact_id, x.version, x.last_updated, x.candidates, x.events
  from jsonb_to_recordset(plan -> 'conflicts') x(
    contact_id bigint, conflict_id text, version bigint, last_updated text, candidates text, events integer)
  where x.contact_id <> all (lost)
  on conflict (conflict_id) do update set candidates = excluded.candidates, events = excluded.events;
  insert into contact_sync_ledger.conflict_events (event_id, event)
  select x.event_id, x.event
  from jsonb_to_recordset(plan -> 'events') x(contact_id bigint, event_id text, event text)
  where x.contact_id <> all (lost)
  on conflict do nothing;

  update contact_sync_ledger.inbox i
  set done_at = clock_timestamp()
  from jsonb_to_recordset(plan -> 'inbox_done') x(contact_id bigint, inbox_id bigint)
  where i.inbox_id = x.inbox_id and x.contact_id <> all (lost);

  for rejection in select * from jsonb_array_elements(plan -> 'rejections') loop
    letters := letters || contact_sync_ledger.bury(jsonb_build_array(rejection -> 'letter'));
    update contact_sync_ledger.inbox
    set dead_letter_id = (letters -> -1 ->> 'dead_letter_id')::bigint
    where inbox_id in (select jsonb_array_elements_text(rejection -> 'inbox_ids')::bigint);
  end loop;

  return jsonb_build_object(
    'lost', (select coalesce(jsonb_agg(distinct l::text), '[]') from unnest(lost) l),
    'letters', letters,
    'overtaken', overtaken);
end
$$;

-- Brings deliveries.behind in line with heads, for these contacts.
create or replace function contact_sync_ledger.measure(ids bigint[]) returns void language sql volatile as $$
  update contact_sync_ledger.deliveries d
  set behind = n.behind, behind_since = case when n.behind then coalesce(d.behind_since, clock_timestamp()) end
  from (
    select x.contact_id, x.target,
      contact_sync_ledger.is_behind(x.version, x.content_hash, h.version, h.content_hash, h.deleted) as behind
    from contact_sync_ledger.deliveries x
    join contact_sync_ledger.heads h on h.contact_id = x.contact_id
    where x.contact_id = any (ids)
  ) n
  where d.contact_id = n.contact_id and d.target = n.target
    and (d.behind <> n.behind or (not n.behind and d.behind_since is not null));
$$;
