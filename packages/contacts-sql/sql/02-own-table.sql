-- A table of contact-sync's own. Beside the columns of the mapping its users may add others.
create schema if not exists {{schema}};

create table if not exists {{table}} (
  {{id}} bigint generated always as identity primary key,
  {{contact_id}} text unique constraint contact_id_is_int64 check (
    case
      when {{contact_id}} ~ '^(0|-?[1-9][0-9]{0,18})$'
        then {{contact_id}}::numeric between -9223372036854775808 and 9223372036854775807
      else {{contact_id}} is null
    end
  ),
  {{each content: <column> <type>}},
  {{deleted_at}} timestamptz,
  {{version}} bigint not null default 1,
  {{last_updated}} timestamptz not null default clock_timestamp(),
  {{last_updated_by}} text not null default contact_sync.editor()
);

-- A later mapping may hold more than the first.
alter table {{table}}
  {{each content: add column if not exists <column> <type>}};

-- What anon and authenticated may see of the contacts is for the project's owner to say, by grants and policies, which
-- stay when this is run again.
alter table {{table}} enable row level security;

do $$
declare
  grantee text;
begin
  if exists (select from contact_sync.schema_version) then
    return;
  end if;
  revoke all on table {{table}} from public;
  for grantee in select rolname from pg_roles where rolname in ('anon', 'authenticated') loop
    execute 'revoke all on table ' || {{'table'}} || ' from ' || quote_ident(grantee);
  end loop;
  for grantee in select rolname from pg_roles where rolname = 'service_role' loop
    execute 'grant select, insert, update, delete on table ' || {{'table'}} || ' to ' || quote_ident(grantee);
  end loop;
end
$$;
