-- A table that was there before. Columns are added where they are missing, and none of its own is altered, nor its
-- grants, row level security or triggers.
--
-- Invariant: nothing here rewrites the table. The rows that are there already get the time of this transaction and no
-- author; the defaults that are worth more, and volatile, come after.
alter table {{table}}
  add column if not exists {{contact_id}} text unique constraint contact_id_is_int64 check (
    case
      when {{contact_id}} ~ '^(0|-?[1-9][0-9]{0,18})$'
        then {{contact_id}}::numeric between -9223372036854775808 and 9223372036854775807
      else {{contact_id}} is null
    end
  ),
  {{each content: add column if not exists <column> <type>}},
  add column if not exists {{deleted_at}} timestamptz,
  add column if not exists {{version}} bigint not null default 1,
  add column if not exists {{last_updated}} timestamptz not null default now(),
  add column if not exists {{last_updated_by}} text not null default 'unknown';

alter table {{table}}
  alter column {{last_updated}} set default clock_timestamp(),
  alter column {{last_updated_by}} set default contact_sync.editor();
