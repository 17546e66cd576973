-- How the hub writes.
--
-- Invariants:
--   A1  what a row or tombstone says is overwritten only by a higher rank (version, last_updated): the result does not
--       depend on the order, the repetition or the timing of calls.
--   A2  equal rank: a live row gets the fields of which it says nothing (T5), and nothing else, 'applied'. Without such:
--       'unchanged' if the content is the same too, else 'ahead' and nothing is written.
--   A3  a contact is found by contact_id, else by the record id of a row that nobody named yet, which is then named,
--       whether or not it outranks what came.
--   A4  a tombstone sets deleted_at and keeps the content, so that whoever clears deleted_at has the contact back. A
--       tombstone for a contact that never was here leaves no row, only its rank: no trigger of a user fires for it.
--   A5  a contact that was deleted physically comes back only by a higher rank, and under its old record id.
--   A6  one bad row never fails the others, and one that a user has locked is given up after lock_timeout.
--   A7  locks are taken in key order: rows by id, tombstones by record id, new rows by contact_id. Batches with contacts
--       that have no row yet go one after the other: each would hold some of its own and wait for one of the other's.

create or replace function contact_sync.outcome(outcome text, record_id text) returns jsonb
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object('outcome', outcome, 'record_id', record_id)
$$;

-- The deliveries of a call, one for each contact: the highest ranked.
create or replace function contact_sync.deliveries(rows jsonb) returns contact_sync.delivery[]
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select array_agg(given.delivery order by (given.delivery).contact_id)
  from (
    select distinct on (r.contact_id) r as delivery
    from jsonb_populate_recordset(null::contact_sync.delivery, rows) r
    order by r.contact_id, r.version desc, r.last_updated desc
  ) given
$$;

-- Triggers of the table's users fire within, and find what they would find without us: hence the search_path.
-- Writes a batch as the hub and returns {contact_id: {outcome, record_id}}. Any error fails the whole batch.
create or replace function contact_sync.write(batch contact_sync.delivery[]) returns jsonb
language plpgsql
set search_path = {{search path}}
as $$
-- A column of the table may be called like a variable; every column here is spelled with its table.
#variable_conflict use_variable
declare
  outcomes jsonb := '{}';
  fresh {{id type}}[];
begin
  if exists (
    select
    from unnest(batch) i
    where not exists (select from {{table}} c where c.{{contact_id}} = i.contact_id)
  ) then
    perform pg_advisory_xact_lock(hashtextextended('contact_sync new contacts', 0));
  end if;
  if exists (
    select
    from unnest(batch) i
    where i.deleted and not exists (select from {{table}} c where c.{{contact_id}} = i.contact_id)
  ) then
    perform pg_advisory_xact_lock(hashtextextended('contact_sync unseen tombstones', 0));
  end if;

  -- A second round is needed only when somebody inserted or removed one of these contacts during the first.
  for round in 1..5 loop
    perform
    from {{table}} c
    where c.{{id}} in (
      select o.{{id}} from unnest(batch) i join {{table}} o on o.{{contact_id}} = i.contact_id
      union
      select contact_sync.record_key(i.record_id) from unnest(batch) i
    )
    order by c.{{id}}
    for no key update of c;

    perform
    from contact_sync.tombstones t
    where t.record_id in (
      select o.record_id from unnest(batch) i join contact_sync.tombstones o on o.contact_id = i.contact_id
      union
      select contact_sync.record_key(i.record_id) from unnest(batch) i
    )
    order by t.record_id
    for update of t;

    -- Rows and tombstones that were born here get their name. Of two contacts that claim one row, one gets it, and the
    -- other is inserted below.
    with named as (
      update {{table}} c
      set {{contact_id}} = i.contact_id
      from unnest(batch) i
      where
        c.{{id}} = contact_sync.record_key(i.record_id)
        and c.{{contact_id}} is null
        and not exists (select from {{table}} o where o.{{contact_id}} = i.contact_id)
        and not exists (
          select from contact_sync.tombstones o
          where o.contact_id = i.contact_id and (o.version, o.last_updated) >= (i.version, i.last_updated)
        )
      returning i.contact_id
    )
    delete from contact_sync.tombstones t
    using named
    where t.contact_id = named.contact_id;

    update contact_sync.tombstones t
    set contact_id = i.contact_id
    from unnest(batch) i
    where
      t.record_id = contact_sync.record_key(i.record_id)
      and t.contact_id is null
      and not exists (select from {{table}} o where o.{{contact_id}} = i.contact_id)
      and not exists (select from contact_sync.tombstones o where o.contact_id = i.contact_id);

    with written as (
      update {{table}} c
      set
        {{each content: <column> = case when i.deleted then c.<column> else <write i.field> end}},
        {{deleted_at}} = case when i.deleted then coalesce(c.{{deleted_at}}, i.last_updated) end,
        {{version}} = i.version,
        {{last_updated}} = i.last_updated,
        {{last_updated_by}} = i.last_updated_by
      from unnest(batch) i
      where
        c.{{contact_id}} = i.contact_id
        and (c.{{version}}, c.{{last_updated}}) < (i.version, i.last_updated)
        and not outcomes ? i.contact_id
      returning i.contact_id, c.{{id}} as id
    )
    select outcomes || coalesce(jsonb_object_agg(w.contact_id, contact_sync.outcome('applied', w.id::text)), '{}')
    into outcomes
    from written w;

    -- Hardly ever: the mapping has grown, and not every row has been brought what it now holds too.
    if exists (select from contact_sync.incomplete) then
      with written as (
        update {{table}} c
        set
          {{each content: <column> = case when '<field>' = any (l.fields) then <write i.field> else c.<column> end}}
        from
          unnest(batch) i,
          lateral (
            select n.record_id, contact_sync.missing(row(o.*)::{{table}}) as fields
            from contact_sync.incomplete n
            join {{table}} o on o.{{id}} = n.record_id
            where o.{{contact_id}} = i.contact_id
          ) l
        where
          c.{{id}} = l.record_id
          and cardinality(l.fields) > 0
          and not i.deleted
          and c.{{deleted_at}} is null
          and (c.{{version}}, c.{{last_updated}}) = (i.version, i.last_updated)
          and not outcomes ? i.contact_id
        returning i.contact_id, c.{{id}} as id
      )
      select outcomes || coalesce(jsonb_object_agg(w.contact_id, contact_sync.outcome('applied', w.id::text)), '{}')
      into outcomes
      from written w;

      delete from contact_sync.incomplete n
      using unnest(batch) i, {{table}} c
      where
        c.{{contact_id}} = i.contact_id
        and n.record_id = c.{{id}}
        and not i.deleted
        and outcomes -> i.contact_id ->> 'outcome' = 'applied';
    end if;

    -- New contacts, and those that come back.
    with written as (
      insert into {{table}} as c (
        {{id}}, {{contact_id}},
        {{each content: <column>}},
        {{version}}, {{last_updated}}, {{last_updated_by}}
      )
      overriding system value
      select
        coalesce(t.record_id, contact_sync.new_id()), i.contact_id,
        {{each content: <write i.field>}},
        i.version, i.last_updated, i.last_updated_by
      from unnest(batch) i
      left join contact_sync.tombstones t on t.contact_id = i.contact_id
      where
        not i.deleted
        and not outcomes ? i.contact_id
        and not exists (select from {{table}} o where o.{{contact_id}} = i.contact_id)
        and (t.record_id is null or (t.version, t.last_updated) < (i.version, i.last_updated))
      order by i.contact_id
      on conflict ({{contact_id}}) do nothing
      returning c.{{contact_id}} as contact_id, c.{{id}} as id
    )
    select
      outcomes || coalesce(jsonb_object_agg(w.contact_id, contact_sync.outcome('applied', w.id::text)), '{}'),
      array_agg(w.id)
    into outcomes, fresh
    from written w;

    -- The insert may have waited for a user who was deleting the same contact: that deletion is visible only now.
    with
      revived as (
        delete from {{table}} c
        using contact_sync.tombstones t
        where
          c.{{id}} = any (fresh)
          and t.contact_id = c.{{contact_id}}
          and (t.version, t.last_updated) >= (c.{{version}}, c.{{last_updated}})
        returning t.contact_id
      )
    select outcomes - coalesce(array_agg(r.contact_id), '{}') into outcomes from revived r;

    with written as (
      insert into contact_sync.tombstones as t (record_id, contact_id, version, last_updated, last_updated_by)
      select contact_sync.new_id(), i.contact_id, i.version, i.last_updated, i.last_updated_by
      from unnest(batch) i
      where
        i.deleted
        and not outcomes ? i.contact_id
        and not exists (select from {{table}} c where c.{{contact_id}} = i.contact_id)
        and not exists (select from contact_sync.tombstones o where o.contact_id = i.contact_id)
      order by i.contact_id
      on conflict (contact_id) do nothing
      returning t.contact_id, t.record_id
    )
    select outcomes || coalesce(jsonb_object_agg(w.contact_id, contact_sync.outcome('applied', w.record_id::text)), '{}')
    into outcomes
    from written w;

    with written as (
      update contact_sync.tombstones t
      set version = i.version, last_updated = i.last_updated, last_updated_by = i.last_updated_by
      from unnest(batch) i
      where
        t.contact_id = i.contact_id
        and i.deleted
        and (t.version, t.last_updated) < (i.version, i.last_updated)
        and not outcomes ? i.contact_id
      returning t.contact_id, t.record_id
    )
    select outcomes || coalesce(jsonb_object_agg(w.contact_id, contact_sync.outcome('applied', w.record_id::text)), '{}')
    into outcomes
    from written w;

    select
      outcomes || coalesce(
        jsonb_object_agg(s.contact_id, contact_sync.outcome(case when s.same then 'unchanged' else 'ahead' end, s.id)),
        '{}'
      )
    into outcomes
    from (
      select
        i.contact_id,
        c.{{id}}::text as id,
        (c.{{version}}, c.{{last_updated}}) = (i.version, i.last_updated)
        and (c.{{deleted_at}} is not null) = i.deleted
        and (i.deleted or contact_sync.content(row(c.*)::{{table}}) = contact_sync.delivered(row(i.*)::contact_sync.delivery))
        as same
      from unnest(batch) i
      join {{table}} c on c.{{contact_id}} = i.contact_id
      where not outcomes ? i.contact_id and (c.{{version}}, c.{{last_updated}}) >= (i.version, i.last_updated)
      union all
      select
        i.contact_id,
        t.record_id::text,
        (t.version, t.last_updated) = (i.version, i.last_updated) and i.deleted
      from unnest(batch) i
      join contact_sync.tombstones t on t.contact_id = i.contact_id
      where not outcomes ? i.contact_id and (t.version, t.last_updated) >= (i.version, i.last_updated)
    ) s;

    if (select count(*) from jsonb_object_keys(outcomes)) >= coalesce(cardinality(batch), 0) then
      return outcomes;
    end if;
  end loop;
  raise exception 'contacts of this batch kept coming and going' using errcode = 'serialization_failure';
end
$$;

