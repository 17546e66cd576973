-- What a hosted project brings along before anybody's migrations run.
--   * the API roles, without a single table grant: new tables get none there either
--   * a reload of the schema cache after every DDL
-- Everything of the sandbox lives in the schema sandbox, which no API role may enter.

do $$
begin
  create role anon nologin noinherit;
exception when duplicate_object or unique_violation then null;
end $$;

do $$
begin
  create role authenticated nologin noinherit;
exception when duplicate_object or unique_violation then null;
end $$;

do $$
begin
  create role service_role nologin noinherit bypassrls;
exception when duplicate_object or unique_violation then null;
end $$;

grant usage on schema public to anon, authenticated, service_role;

create schema if not exists sandbox;

create or replace function sandbox.schema_changed() returns event_trigger
language plpgsql as $$
begin
  notify pgrst, 'reload schema';
end $$;

drop event trigger if exists sandbox_schema_changed;
create event trigger sandbox_schema_changed on ddl_command_end execute function sandbox.schema_changed();

drop event trigger if exists sandbox_schema_dropped;
create event trigger sandbox_schema_dropped on sql_drop execute function sandbox.schema_changed();
