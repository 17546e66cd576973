-- Who may do what.
--
-- Invariants:
--   G1  nobody but the owner reaches the schema contact_sync; its functions that users' statements run are triggers and
--       defaults.
--   G2  the hub's functions are executable by the owner and, on Supabase, by service_role alone.
--   G3  row level security is on, without a policy, in all tables that are contact-sync's own.
revoke all on schema contact_sync from public;
revoke all on all tables in schema contact_sync from public;

alter table contact_sync.outbox enable row level security;
alter table contact_sync.tombstones enable row level security;
alter table contact_sync.incomplete enable row level security;
alter table contact_sync.schema_version enable row level security;
alter table contact_sync.mapping enable row level security;

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
    for grantee in select rolname from pg_roles where rolname = 'service_role' loop
      execute format('grant execute on function %s to %I', hub_function, grantee);
    end loop;
  end loop;
end
$$;
