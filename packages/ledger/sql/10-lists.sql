-- Dead letters, conflicts and versions for people, whatever their status: pages of lists, and one by its id.
create or replace function contact_sync_ledger.letter_record(d contact_sync_ledger.dead_letters) returns jsonb
language sql stable as $$
  select contact_sync_ledger.letter(d) || jsonb_build_object(
    'status', d.status, 'failed_at', d.failed_at, 'closed_at', d.closed_at, 'closed_by', d.closed_by)
$$;

-- filter: {status, queue, system, code, contact_id, before, since}, each but the status may be left out.
create or replace function contact_sync_ledger.filtered_letters(filter jsonb) returns setof contact_sync_ledger.dead_letters
language sql stable as $$
  select d.*
  from contact_sync_ledger.dead_letters d
  where (filter ->> 'status' = 'all' or (d.status = 'open') = (filter ->> 'status' = 'open'))
    and (filter ->> 'queue' is null or d.queue = filter ->> 'queue')
    and (filter ->> 'system' is null or d.system = filter ->> 'system')
    and (filter ->> 'code' is null or d.code = filter ->> 'code')
    and (filter ->> 'contact_id' is null or d.contact_id = (filter ->> 'contact_id')::bigint)
    and (filter ->> 'before' is null or d.created_at < (filter ->> 'before')::timestamptz)
    and (filter ->> 'since' is null or d.created_at >= (filter ->> 'since')::timestamptz)
$$;

create or replace function contact_sync_ledger.list_dead_letters(filter jsonb, after bigint, most integer) returns jsonb
language plpgsql stable as $$
declare
  found jsonb;
begin
  select coalesce(jsonb_agg(contact_sync_ledger.letter_record(x.d) order by (x.d).dead_letter_id desc), '[]') into found
  from (
    select d
    from contact_sync_ledger.filtered_letters(filter) d
    where after is null or d.dead_letter_id < after
    order by d.dead_letter_id desc
    limit most
  ) x;
  return found;
end
$$;

create or replace function contact_sync_ledger.count_dead_letters(filter jsonb) returns json language sql stable as $$
  select coalesce(json_agg(json_build_object(
    'queue', x.queue, 'system', x.system, 'code', x.code, 'count', x.count, 'oldest', x.oldest)
    order by x.count desc, x.queue, x.system, x.code), '[]')
  from (
    select d.queue, d.system, d.code, count(*), min(d.created_at) as oldest
    from contact_sync_ledger.filtered_letters(filter) d
    group by d.queue, d.system, d.code
  ) x
$$;

create or replace function contact_sync_ledger.dead_letter(id bigint) returns jsonb language sql stable as $$
  select contact_sync_ledger.letter_record(d) from contact_sync_ledger.dead_letters d where d.dead_letter_id = id
$$;

create or replace function contact_sync_ledger.conflict_record(c contact_sync_ledger.conflicts) returns json
language sql stable as $$
  select json_build_object(
    'conflict_id', c.conflict_id,
    'contact_id', c.contact_id::text,
    'version', c.version,
    'last_updated', c.last_updated,
    'candidates', c.candidates::json,
    'events', c.events,
    'status', c.status,
    'opened_at', c.opened_at,
    'closed_at', c.closed_at,
    'closed_by', c.closed_by,
    'chosen', c.chosen,
    'canonical_name', coalesce((
      select h.name from contact_sync_ledger.heads h where h.contact_id = c.contact_id and not h.deleted), ''))
$$;

-- Open ones: oldest first; else those closed last first.
create or replace function contact_sync_ledger.list_conflicts(open boolean, after_at timestamptz, after_id text, most integer)
returns json language plpgsql stable as $$
declare
  found json;
begin
  if open then
    select coalesce(json_agg(contact_sync_ledger.conflict_record(x.c) order by (x.c).opened_at, (x.c).conflict_id), '[]')
    into found
    from (
      select c
      from contact_sync_ledger.conflicts c
      where c.status = 'open' and (after_at is null or (c.opened_at, c.conflict_id) > (after_at, after_id))
      order by c.opened_at, c.conflict_id
      limit most
    ) x;
  else
    select coalesce(
      json_agg(contact_sync_ledger.conflict_record(x.c) order by (x.c).closed_at desc, (x.c).conflict_id desc), '[]')
    into found
    from (
      select c
      from contact_sync_ledger.conflicts c
      where c.status <> 'open' and (after_at is null or (c.closed_at, c.conflict_id) < (after_at, after_id))
      order by c.closed_at desc, c.conflict_id desc
      limit most
    ) x;
  end if;
  return found;
end
$$;

create or replace function contact_sync_ledger.conflict(id text) returns json language sql stable as $$
  select contact_sync_ledger.conflict_record(c) from contact_sync_ledger.conflicts c where c.conflict_id = id
$$;

create or replace function contact_sync_ledger.known_version(v contact_sync_ledger.versions) returns json
language sql stable as $$
  select json_build_object(
    'contact_id', v.contact_id::text,
    'version', v.version,
    'content_hash', v.content_hash,
    'status', v.status,
    'last_updated', v.last_updated,
    'last_updated_by', v.last_updated_by,
    'content', v.content::json,
    'source', v.source,
    'recorded_at', v.recorded_at,
    'appended', v.appended_at is not null)
$$;

-- What both sides of a conflict began with: the last accepted one below this number.
create or replace function contact_sync_ledger.version_before(id bigint, number bigint) returns json language sql stable as $$
  select contact_sync_ledger.known_version(v)
  from contact_sync_ledger.versions v
  where v.contact_id = id and v.version < number and v.status = 'accepted'
  order by v.version desc
  limit 1
$$;

create or replace function contact_sync_ledger.versions_of(id bigint, number bigint) returns json language sql stable as $$
  select coalesce(
    json_agg(contact_sync_ledger.known_version(v) order by v.status = 'accepted' desc, v.committed_at, v.content_hash), '[]')
  from contact_sync_ledger.versions v
  where v.contact_id = id and v.version = number
$$;
