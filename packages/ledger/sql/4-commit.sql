-- Writes a batch of decisions, each contact all or nothing, by compare-and-set on its revision.
--
-- plan: {commits: [{contact_id, expected_revision, bump, head}], history, held, links, conflicts, closed, events,
--        inbox_done, rejections, targets}, each flat with its contact_id. A rejection whose contact_id is lost is lost too.
-- returns: {lost: [contact_id], letters: [dead letter], overtaken: [{queue, dead_letter_id}]}
create or replace function contact_sync_ledger.commit(plan jsonb) returns jsonb language plpgsql volatile as $$
declare
  begun timestamptz;
  lost bigint[];
  born bigint[];
  stolen bigint[];
  moved bigint[];
  touched bigint[];
  unlinked jsonb;
  linked jsonb;
  rejected jsonb;
  letters jsonb;
  overtaken jsonb;
begin
  perform contact_sync_ledger.lock_heads(array(
    select c.contact_id from jsonb_to_recordset(plan -> 'commits') c(contact_id bigint)));
  -- Before the letters of this very commit: an edit that was decided over with them is no answer to them.
  begun := clock_timestamp();

  select coalesce(array_agg(c.contact_id), '{}') into lost
  from jsonb_to_recordset(plan -> 'commits') c(contact_id bigint, expected_revision bigint)
  left join contact_sync_ledger.heads h on h.contact_id = c.contact_id
  where coalesce(h.revision, 0) <> c.expected_revision;

  with incoming as (
    select c.contact_id, h.*
    from jsonb_to_recordset(plan -> 'commits') c(contact_id bigint, expected_revision bigint, head jsonb),
      jsonb_to_record(c.head) h(
        version bigint, content_hash text, last_updated text, last_updated_by text, deleted boolean, name text,
        name_key text, organization text, category text, search text)
    where c.expected_revision = 0 and jsonb_typeof(c.head) = 'object' and c.contact_id <> all (lost)
  ), inserted as (
    insert into contact_sync_ledger.heads
      (contact_id, revision, version, content_hash, last_updated, last_updated_by, deleted, name, name_key, organization,
        category, search)
    select contact_id, 1, version, content_hash, last_updated, last_updated_by, deleted, coalesce(name, ''),
      coalesce(name_key, ''), organization, category, coalesce(search, '')
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

  -- A record belongs to the contact that linked it first. A contact keeps its record while it lives, unless that is named as
  -- no more; one that was deleted may be born again as another. Who cannot link is lost, and leaves no trace.
  with gone as (
    delete from contact_sync_ledger.links old
    using jsonb_to_recordset(plan -> 'links') l(contact_id bigint, system text, record_id text, replaces text),
      contact_sync_ledger.heads h
    where old.system = l.system and old.contact_id = l.contact_id and old.record_id <> l.record_id
      and h.contact_id = l.contact_id and (h.deleted or old.record_id = l.replaces) and l.contact_id <> all (lost)
    returning old.*
  )
  select coalesce(jsonb_agg(to_jsonb(gone)), '[]') into unlinked from gone;
  with added as (
    insert into contact_sync_ledger.links (system, record_id, contact_id)
    select l.system, l.record_id, l.contact_id
    from jsonb_to_recordset(plan -> 'links') l(contact_id bigint, system text, record_id text)
    where l.contact_id <> all (lost)
    order by l.system, l.record_id
    on conflict do nothing
    returning *
  )
  select coalesce(jsonb_agg(to_jsonb(added)), '[]') into linked from added;
  select coalesce(array_agg(distinct l.contact_id), '{}') into stolen
  from jsonb_to_recordset(plan -> 'links') l(contact_id bigint, system text, record_id text)
  left join contact_sync_ledger.links k on k.system = l.system and k.record_id = l.record_id
  where k.contact_id is distinct from l.contact_id and l.contact_id <> all (lost);
  if cardinality(stolen) > 0 then
    delete from contact_sync_ledger.links k
    using jsonb_to_recordset(linked) l(contact_id bigint, system text, record_id text)
    where k.system = l.system and k.record_id = l.record_id and l.contact_id = any (stolen);
    insert into contact_sync_ledger.links (system, record_id, contact_id)
    select l.system, l.record_id, l.contact_id
    from jsonb_to_recordset(unlinked) l(contact_id bigint, system text, record_id text)
    where l.contact_id = any (stolen);
    delete from contact_sync_ledger.heads where contact_id = any (born) and contact_id = any (stolen);
    lost := lost || stolen;
  end if;

  update contact_sync_ledger.heads h
  set revision = h.revision + 1,
    version = coalesce((c.head ->> 'version')::bigint, h.version),
    content_hash = coalesce(c.head ->> 'content_hash', h.content_hash),
    last_updated = coalesce(c.head ->> 'last_updated', h.last_updated),
    last_updated_by = coalesce(c.head ->> 'last_updated_by', h.last_updated_by),
    deleted = coalesce((c.head ->> 'deleted')::boolean, h.deleted),
    changed_at = case when jsonb_typeof(c.head) = 'object' then clock_timestamp() else h.changed_at end,
    -- A deleted contact is found as what it was.
    name = coalesce(c.head ->> 'name', h.name),
    name_key = coalesce(c.head ->> 'name_key', h.name_key),
    organization = case when c.head ->> 'name' is null then h.organization else c.head ->> 'organization' end,
    category = case when c.head ->> 'name' is null then h.category else c.head ->> 'category' end,
    search = coalesce(c.head ->> 'search', h.search)
  from jsonb_to_recordset(plan -> 'commits') c(contact_id bigint, expected_revision bigint, bump boolean, head jsonb)
  where h.contact_id = c.contact_id and c.bump and c.expected_revision > 0 and c.contact_id <> all (lost);

  select coalesce(array_agg(c.contact_id), '{}') into moved
  from jsonb_to_recordset(plan -> 'commits') c(contact_id bigint, head jsonb)
  where jsonb_typeof(c.head) = 'object' and c.contact_id <> all (lost);

  insert into contact_sync_ledger.versions
    (contact_id, version, content_hash, status, last_updated, last_updated_by, content, source, recorded_at, appended_at,
      heard_at)
  select v.contact_id, v.version, v.content_hash, v.status, v.last_updated, v.last_updated_by, v.content, v.source,
    v.recorded_at, case when v.appended then begun end, coalesce(e.heard_at, begun)
  from jsonb_to_recordset(plan -> 'history') v(
    contact_id bigint, version bigint, content_hash text, status text, last_updated text, last_updated_by text,
    content text, source text, recorded_at text, appended boolean)
  -- Read as it stood, or made in the hub: heard of now.
  left join (
    select x.contact_id, min(i.received_at) as heard_at
    from jsonb_to_recordset(plan -> 'inbox_done') x(contact_id bigint, inbox_id bigint)
    join contact_sync_ledger.inbox i on i.inbox_id = x.inbox_id
    group by x.contact_id
  ) e on e.contact_id = v.contact_id
  where v.contact_id <> all (lost)
  on conflict do nothing;

  select coalesce(jsonb_agg(r.value), '[]') into rejected
  from jsonb_array_elements(plan -> 'rejections') r
  where (r.value ->> 'contact_id')::bigint is null or (r.value ->> 'contact_id')::bigint <> all (lost);
  letters := contact_sync_ledger.bury(jsonb_path_query_array(rejected, '$[*].letter'));

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
  -- Arrays tell the planner how few contacts these are; of a recordset it knows nothing, and would scan whole tables.
  touched := moved || array(
    select l.contact_id from jsonb_to_recordset(plan -> 'held') l(contact_id bigint) where l.contact_id <> all (lost));
  -- A moved head is told at once by whoever commits: emitted_at starts anew in every target.
  insert into contact_sync_ledger.deliveries as d
    (contact_id, target, version, content_hash, delivered_at, behind, behind_since, emitted_at)
  select n.contact_id, n.target, n.version, n.content_hash, n.delivered_at, n.behind,
    case when n.behind then coalesce(n.behind_since, begun) end,
    case when n.moved then clock_timestamp() end
  from (
    select h.contact_id, t.target, m.contact_id is not null as moved,
      coalesce(l.version, o.version) as version,
      coalesce(l.content_hash, o.content_hash) as content_hash,
      case when l.version is null then o.delivered_at else clock_timestamp() end as delivered_at,
      o.behind_since,
      contact_sync_ledger.is_behind(
        coalesce(l.version, o.version), coalesce(l.content_hash, o.content_hash),
        h.version, h.content_hash) as behind
    from contact_sync_ledger.heads h
    cross join jsonb_array_elements_text(plan -> 'targets') t(target)
    left join unnest(moved) m(contact_id) on m.contact_id = h.contact_id
    left join jsonb_to_recordset(plan -> 'held') l(contact_id bigint, target text, version bigint, content_hash text)
      on l.contact_id = h.contact_id and l.target = t.target
    left join contact_sync_ledger.deliveries o
      on o.contact_id = h.contact_id and o.target = t.target and o.contact_id = any (touched)
    where h.contact_id = any (touched) and (m.contact_id is not null or l.contact_id is not null)
  ) n
  on conflict (contact_id, target) do update
  set version = excluded.version, content_hash = excluded.content_hash, delivered_at = excluded.delivered_at,
    behind = excluded.behind, behind_since = excluded.behind_since,
    emitted_at = coalesce(excluded.emitted_at, d.emitted_at),
    emits = case when excluded.emitted_at is null then d.emits else 0 end,
    -- As in delivered(): a discarded letter holds nothing back where the target is found in step.
    dead_letter_id = case
      when excluded.emitted_at is null and d.dead_letter_id is not null and (excluded.behind or exists (
        select from contact_sync_ledger.dead_letters e where e.dead_letter_id = d.dead_letter_id and e.status = 'open'))
      then d.dead_letter_id
    end;

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

  with decided as (
    select x.inbox_id, x.outcome, null::bigint as dead_letter_id
    from jsonb_to_recordset(plan -> 'inbox_done') x(contact_id bigint, inbox_id bigint, outcome text)
    where x.contact_id <> all (lost)
    union all
    select i.inbox_id::bigint, null, (l.value ->> 'dead_letter_id')::bigint
    from jsonb_array_elements(rejected) r
    cross join jsonb_array_elements_text(r.value -> 'inbox_ids') i(inbox_id)
    join jsonb_array_elements(letters) l
      on l.value -> 'queue' = r.value -> 'letter' -> 'queue'
      and l.value -> 'system' = r.value -> 'letter' -> 'system'
      and l.value -> 'key' = r.value -> 'letter' -> 'key'
  ), locked as (
    select i.inbox_id, d.outcome, d.dead_letter_id
    from contact_sync_ledger.inbox i
    join decided d on d.inbox_id = i.inbox_id
    order by i.system, i.key
    for no key update of i
  )
  update contact_sync_ledger.inbox i
  set dead_letter_id = coalesce(l.dead_letter_id, i.dead_letter_id),
    done_at = case when l.dead_letter_id is null then begun else i.done_at end,
    outcome = case when l.dead_letter_id is null then l.outcome else i.outcome end
  from locked l
  where i.inbox_id = l.inbox_id and (l.dead_letter_id is null or i.done_at is null);

  -- Edits that somebody decided over or discarded meanwhile are refused too late: a letter about nothing else is none.
  with needless as (
    delete from contact_sync_ledger.dead_letters d
    using jsonb_array_elements(rejected) r,
      jsonb_to_record(r.value -> 'letter') l(queue text, system text, key text, attempts integer)
    where d.status = 'open' and d.queue = 'ingest' and l.queue = d.queue and d.system = l.system and d.key = l.key
      and d.attempts = l.attempts -- nothing had failed under it before
      and jsonb_array_length(r.value -> 'inbox_ids') > 0
      and not exists (select 1 from contact_sync_ledger.inbox i where i.dead_letter_id = d.dead_letter_id)
    returning d.dead_letter_id
  )
  select coalesce(jsonb_agg(l.value), '[]') into letters
  from jsonb_array_elements(letters) l
  where (l.value ->> 'dead_letter_id')::bigint not in (select dead_letter_id from needless);

  return jsonb_build_object(
    'lost', (select coalesce(jsonb_agg(distinct l::text), '[]') from unnest(lost) l),
    'letters', letters,
    'overtaken', overtaken);
end
$$;
