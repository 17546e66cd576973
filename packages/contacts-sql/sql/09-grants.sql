-- Who may do what.
--
-- Invariants:
--   G1  nobody but the owner reaches the schema contact_sync; its functions that users' statements run are triggers and
--       defaults.
--   G2  the hub's functions are executable by the owner, by contact_sync_hub and, on Supabase, by service_role alone.
--       contact_sync_hub is a role without login, for the hub's own to be a member of: it reaches nothing else.
--   G3  row level security is on, without a policy, in all tables that are contact-sync's own.
--   G4  functions that run with their owner's rights look for types in pg_temp last: anybody may make types there, whose
--       checks would run with those rights.
revoke all on schema contact_sync from public;
revoke all on all tables in schema contact_sync from public;

alter table contact_sync.outbox enable row level security;
alter table contact_sync.tombstones enable row level security;
alter table contact_sync.incomplete enable row level security;
alter table contact_sync.schema_version enable row level security;
alter table contact_sync.mapping enable row level security;

-- A login that may make no roles goes without: everything works with the owner's.
do $$
begin
  if
    not exists (select from pg_roles where rolname in ('contact_sync_hub', 'service_role'))
    and (select rolsuper or rolcreaterole from pg_roles where rolname = current_user)
  then
    create role contact_sync_hub nologin;
  end if;
exception
  when duplicate_object or unique_violation or insufficient_privilege then
    null;
end
$$;

do $$
declare
  grantee text;
  hub_function regprocedure;
begin
  for hub_function in
    select p.oid::regprocedure
    from pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.proname like 'contact\_sync\_%'
  loop
    execute format('revoke all on function %s from public', hub_function);
    for grantee in select rolname from pg_roles where rolname in ('anon', 'authenticated') loop
      execute format('revoke all on function %s from %I', hub_function, grantee);
    end loop;
    for grantee in select rolname from pg_roles where rolname in ('service_role', 'contact_sync_hub') loop
      execute format('grant execute on function %s to %I', hub_function, grantee);
    end loop;
  end loop;
end
$$;
