-- How the hub writes.
--
-- Invariants:
--   A1  a row or tombstone is overwritten only by a higher rank (version, last_updated): the result does not depend on
--       the order, the repetition or the timing of calls.
--   A2  equal rank: 'unchanged' if the content is the same too, else 'ahead' and nothing is written.
--   A3  a contact is found by contact_id, else by the record id of a row that nobody named yet, which is then named,
--       whether or not it outranks what came.
--   A4  a tombstone sets deleted_at and keeps the content, so that whoever clears deleted_at has the contact back. A
--       tombstone for a contact that never was here leaves no row, only its rank.
--   A5  a contact that was deleted physically comes back only by a higher rank, and under its old record id.
--   A6  one bad row never fails the others, and one that a user has locked is given up after lock_timeout.
--   A7  locks are taken in key order: rows by id, tombstones by record id, new rows by contact_id. Batches with contacts
--       that have no row yet go one after the other: each would hold some of its own and wait for one of the other's.

do $$
begin
  if to_regtype('contact_sync.delivery') is null then
    create type contact_sync.delivery as (
      contact_id text,
      record_id bigint,
      version bigint,
      last_updated timestamptz,
      last_updated_by text,
      deleted boolean,
      canonical_name text,
      given_name text,
      family_name text,
      emails jsonb,
      phones jsonb,
      organization text,
      job_title text,
      linkedin_url text,
      category_code text,
      subcategory_code text,
      llm_context jsonb
    );
  end if;
end
$$;

-- The deliveries of a call, one for each contact: the highest ranked.
create or replace function contact_sync.deliveries(rows jsonb) returns contact_sync.delivery[]
language sql stable
set search_path = ''
as $$
  select array_agg(given.delivery order by (given.delivery).contact_id)
  from (
    select distinct on (r.contact_id) r as delivery
    from jsonb_populate_recordset(null::contact_sync.delivery, rows) r
    order by r.contact_id, r.version desc, r.last_updated desc
  ) given
$$;

-- Writes a batch as the hub and returns {contact_id: {outcome, record_id}}. Any error fails the whole batch.
create or replace function contact_sync.write(batch contact_sync.delivery[]) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  outcomes jsonb := '{}';
  fresh bigint[];
begin
  if exists (
    select
    from unnest(batch) i
    where not exists (select from public.contacts c where c.contact_id = i.contact_id)
  ) then
    perform pg_advisory_xact_lock(hashtextextended('contact_sync new contacts', 0));
  end if;

  -- A second round is needed only when somebody inserted or removed one of these contacts during the first.
  for round in 1..5 loop
    perform
    from public.contacts c
    where c.id in (
      select o.id from unnest(batch) i join public.contacts o on o.contact_id = i.contact_id
      union
      select i.record_id from unnest(batch) i
    )
    order by c.id
    for no key update of c;

    perform
    from contact_sync.tombstones t
    where t.record_id in (
      select o.record_id from unnest(batch) i join contact_sync.tombstones o on o.contact_id = i.contact_id
      union
      select i.record_id from unnest(batch) i
    )
    order by t.record_id
    for update of t;

    -- Rows and tombstones that were born here get their name. Of two contacts that claim one row, one gets it, and the
    -- other is inserted below.
    with named as (
      update public.contacts c
      set contact_id = i.contact_id
      from unnest(batch) i
      where
        c.id = i.record_id
        and c.contact_id is null
        and not exists (select from public.contacts o where o.contact_id = i.contact_id)
        and not exists (
          select from contact_sync.tombstones o
          where o.contact_id = i.contact_id and (o.version, o.last_updated) >= (i.version, i.last_updated)
        )
      returning c.contact_id
    )
    delete from contact_sync.tombstones t
    using named
    where t.contact_id = named.contact_id;

    update contact_sync.tombstones t
    set contact_id = i.contact_id
    from unnest(batch) i
    where
      t.record_id = i.record_id
      and t.contact_id is null
      and not exists (select from public.contacts o where o.contact_id = i.contact_id)
      and not exists (select from contact_sync.tombstones o where o.contact_id = i.contact_id);

    with written as (
      update public.contacts c
      set
        canonical_name = case when i.deleted then c.canonical_name else i.canonical_name end,
        given_name = case when i.deleted then c.given_name else i.given_name end,
        family_name = case when i.deleted then c.family_name else i.family_name end,
        emails = case when i.deleted then c.emails else i.emails end,
        phones = case when i.deleted then c.phones else i.phones end,
        organization = case when i.deleted then c.organization else i.organization end,
        job_title = case when i.deleted then c.job_title else i.job_title end,
        linkedin_url = case when i.deleted then c.linkedin_url else i.linkedin_url end,
        category_code = case when i.deleted then c.category_code else i.category_code end,
        subcategory_code = case when i.deleted then c.subcategory_code else i.subcategory_code end,
        llm_context = case when i.deleted then c.llm_context else i.llm_context end,
        deleted_at = case when i.deleted then coalesce(c.deleted_at, i.last_updated) end,
        version = i.version,
        last_updated = i.last_updated,
        last_updated_by = i.last_updated_by
      from unnest(batch) i
      where
        c.contact_id = i.contact_id
        and (c.version, c.last_updated) < (i.version, i.last_updated)
        and not outcomes ? i.contact_id
      returning c.contact_id, c.id
    )
    select outcomes || coalesce(jsonb_object_agg(w.contact_id, contact_sync.outcome('applied', w.id)), '{}')
    into outcomes
    from written w;

    -- New contacts, and those that come back. A tombstone for a contact that is not known here is inserted too and
    -- removed below: for that moment it holds the unique contact_id against everybody else who would insert it.
    with written as (
      insert into public.contacts (
        id, contact_id, canonical_name, given_name, family_name, emails, phones, organization, job_title,
        linkedin_url, category_code, subcategory_code, llm_context, deleted_at, version, last_updated, last_updated_by
      )
      overriding system value
      select
        coalesce(t.record_id, nextval(pg_get_serial_sequence('public.contacts', 'id'))),
        i.contact_id, i.canonical_name, i.given_name, i.family_name, i.emails, i.phones, i.organization, i.job_title,
        i.linkedin_url, i.category_code, i.subcategory_code, i.llm_context,
        case when i.deleted then i.last_updated end, i.version, i.last_updated, i.last_updated_by
      from unnest(batch) i
      left join contact_sync.tombstones t on t.contact_id = i.contact_id
      where
        not outcomes ? i.contact_id
        and not exists (select from public.contacts c where c.contact_id = i.contact_id)
        and (
          t.record_id is null
          or (not i.deleted and (t.version, t.last_updated) < (i.version, i.last_updated))
        )
      order by i.contact_id
      on conflict (contact_id) do nothing
      returning contact_id, id
    )
    select
      outcomes || coalesce(jsonb_object_agg(w.contact_id, contact_sync.outcome('applied', w.id)), '{}'),
      array_agg(w.id)
    into outcomes, fresh
    from written w;

    -- The insert may have waited for a user who was deleting the same contact: that deletion is visible only now.
    with
      revived as (
        delete from public.contacts c
        using contact_sync.tombstones t
        where
          c.id = any (fresh)
          and t.contact_id = c.contact_id
          and (t.version, t.last_updated) >= (c.version, c.last_updated)
        returning c.contact_id
      )
    select outcomes - coalesce(array_agg(r.contact_id), '{}') into outcomes from revived r;

    with
      claims as (
        delete from public.contacts c
        using unnest(batch) i
        where c.id = any (fresh) and c.contact_id = i.contact_id and i.deleted
        returning c.id, c.contact_id, c.version, c.last_updated, c.last_updated_by
      )
    insert into contact_sync.tombstones (record_id, contact_id, version, last_updated, last_updated_by)
    select c.id, c.contact_id, c.version, c.last_updated, c.last_updated_by
    from claims c
    order by c.id;

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
    select outcomes || coalesce(jsonb_object_agg(w.contact_id, contact_sync.outcome('applied', w.record_id)), '{}')
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
        c.id,
        (c.version, c.last_updated) = (i.version, i.last_updated)
        and (c.deleted_at is not null) = i.deleted
        and (
          i.deleted
          or (
            c.canonical_name, c.given_name, c.family_name, c.emails, c.phones, c.organization, c.job_title,
            c.linkedin_url, c.category_code, c.subcategory_code, c.llm_context
          ) is not distinct from (
            i.canonical_name, i.given_name, i.family_name, i.emails, i.phones, i.organization, i.job_title,
            i.linkedin_url, i.category_code, i.subcategory_code, i.llm_context
          )
        ) as same
      from unnest(batch) i
      join public.contacts c on c.contact_id = i.contact_id
      where not outcomes ? i.contact_id and (c.version, c.last_updated) >= (i.version, i.last_updated)
      union all
      select
        i.contact_id,
        t.record_id,
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

create or replace function contact_sync.outcome(outcome text, record_id bigint) returns jsonb
language sql immutable
set search_path = ''
as $$
  select jsonb_build_object('outcome', outcome, 'record_id', record_id::text)
$$;

-- Brings the hub's versions here. rows: an array of objects with the fields of contact_sync.delivery, 64-bit numbers
-- as text. Returns an array of {contact_id, outcome: 'applied' | 'unchanged' | 'ahead', record_id} or {contact_id,
-- outcome: 'failed', sqlstate, constraint, column}, one for each contact.
create or replace function public.contact_sync_apply(rows jsonb) returns jsonb
language plpgsql volatile
security definer
set search_path = ''
set lock_timeout = '2s'
set statement_timeout = '30s'
as $$
declare
  outer_origin text := coalesce(current_setting('app.sync_origin', true), '');
  outcomes jsonb;
  single jsonb;
  name text;
  state text;
  constraint_name text;
  column_name text;
begin
  perform set_config('app.sync_origin', 'hub', true);
  begin
    outcomes := contact_sync.write(contact_sync.deliveries(rows));
  exception
    when others then
      outcomes := '{}';
      -- Whoever is still waited for has had the two seconds above.
      perform set_config('lock_timeout', '50ms', true);
      for single in select value from jsonb_array_elements(rows) order by value ->> 'contact_id' loop
        name := coalesce(single ->> 'contact_id', '');
        continue when outcomes -> name ->> 'outcome' = 'applied';
        begin
          outcomes := outcomes || contact_sync.write(contact_sync.deliveries(jsonb_build_array(single)));
        exception
          when others then
            get stacked diagnostics
              state = returned_sqlstate,
              constraint_name = constraint_name,
              column_name = column_name;
            outcomes := outcomes || jsonb_build_object(
              name,
              jsonb_build_object(
                'outcome', 'failed', 'sqlstate', state, 'constraint', constraint_name, 'column', column_name
              )
            );
        end;
      end loop;
  end;
  perform set_config('app.sync_origin', outer_origin, true);
  return (
    select coalesce(jsonb_agg(o.value || jsonb_build_object('contact_id', o.key)), '[]') from jsonb_each(outcomes) o
  );
end
$$;
