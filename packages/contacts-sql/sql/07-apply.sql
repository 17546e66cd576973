-- Whether this was installed for the mapping that the caller knows; null: the caller asks for none.
create or replace function contact_sync.same_mapping(known text) returns boolean
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if known <> {{mapping hash}} then
    raise exception 'contact-sync was installed with another mapping' using errcode = 'CS003';
  end if;
  return true;
end
$$;

-- Version 1 knew but one mapping.
drop function if exists
  public.contact_sync_apply(jsonb),
  public.contact_sync_changes(integer),
  public.contact_sync_fetch(jsonb),
  public.contact_sync_scan(text, integer),
  contact_sync.outcome(text, bigint);

-- Brings the hub's versions here. rows: an array of objects with the fields of contact_sync.delivery, 64-bit numbers
-- as text. Returns an array of {contact_id, outcome: 'applied' | 'unchanged' | 'ahead', record_id} or {contact_id,
-- outcome: 'failed', sqlstate, constraint, column}, one for each contact.
create or replace function public.contact_sync_apply(rows jsonb, mapping text default null) returns jsonb
language plpgsql volatile
security definer
set search_path = pg_catalog, pg_temp
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
  perform contact_sync.same_mapping(mapping);
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
