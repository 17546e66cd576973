-- Contacts for people, in the order of their names: nothing here is asked by the flow.
--
-- Contacts that may be in this state: sets that are small while all is well, and each of which an index keeps.
create or replace function contact_sync_ledger.outstanding(wanted text) returns setof bigint language sql stable as $$
  select c.contact_id from contact_sync_ledger.conflicts c where wanted = 'conflict' and c.status = 'open'
  union
  select e.contact_id from contact_sync_ledger.dead_letters e where wanted = 'dead_letter' and e.status = 'open'
  union
  select d.contact_id
  from contact_sync_ledger.deliveries d
  where wanted = 'pending' and d.behind and d.dead_letter_id is null
  union
  select v.contact_id from contact_sync_ledger.versions v where wanted = 'pending' and v.appended_at is null
  union
  select l.contact_id
  from contact_sync_ledger.inbox i
  join contact_sync_ledger.links l on l.system = i.system and l.record_id = i.record_id
  where wanted = 'pending' and i.done_at is null and i.dead_letter_id is null
$$;

-- query: {patterns: ['%word%', …], named and contact_id (what may be an id), category, state, deleted, key and id (where the
-- page before ended), most}; but for patterns, deleted and most each may be null. The statement is put together of the
-- conditions that hold, none of them of the query's own words: one plan for all of them would read every contact for each.
-- returns: [{contact_id, …, key}], `most` of them.
create or replace function contact_sync_ledger.find_contacts(query jsonb, systems text[]) returns json
language plpgsql stable as $$
declare
  patterns text[] := array(select jsonb_array_elements_text(query -> 'patterns'));
  named bigint[] := array(
    select l.contact_id
    from unnest(systems) s(system)
    join contact_sync_ledger.links l on l.system = s.system and l.record_id = query ->> 'named'
    union
    select (query ->> 'contact_id')::bigint where query ->> 'contact_id' is not null);
  found json;
begin
  execute
    -- What matches words is looked for in the order of the table: in that of the names, the planner hopes for an early end
    -- that a word of names which come late does not have.
    'with matched as ' || case when cardinality(patterns) > 0 then 'materialized' else '' end
    || $q$ (
        select h.contact_id, h.name_key
        from contact_sync_ledger.heads h
        where h.deleted = $1
    $q$
    || case when cardinality(patterns) > 0
      then ' and (h.search like all ($2)' || case when cardinality(named) > 0 then ' or h.contact_id = any ($3)' else '' end || ')'
      else '' end
    || case when query ->> 'category' is not null then ' and h.category = $4' else '' end
    || case when query ->> 'state' <> 'in_step'
      then ' and h.contact_id in (select contact_sync_ledger.outstanding($5))' else '' end
    || case when query ->> 'key' is not null then ' and (h.name_key collate "C", h.contact_id) > ($6, $7)' else '' end
    || $q$
      ), page as (
        select m.contact_id, s.state
        from matched m
        cross join contact_sync_ledger.standing(m.contact_id) s
    $q$
    || case when query ->> 'state' is not null then ' where s.state = $5' else '' end
    || $q$
        order by m.name_key collate "C", m.contact_id
        limit $8
      )
      select coalesce(json_agg(json_build_object(
        'contact_id', h.contact_id::text,
        'canonical_name', h.name,
        'organization', h.organization,
        'category_code', h.category,
        'version', h.version,
        'last_updated', h.last_updated,
        'last_updated_by', h.last_updated_by,
        'deleted', h.deleted,
        'state', p.state,
        'key', h.name_key) order by h.name_key collate "C", h.contact_id), '[]')
      from page p
      join contact_sync_ledger.heads h on h.contact_id = p.contact_id
    $q$
  into found
  using (query ->> 'deleted')::boolean, patterns, named, query ->> 'category', query ->> 'state', query ->> 'key',
    (query ->> 'id')::bigint, (query ->> 'most')::integer;
  return found;
end
$$;
