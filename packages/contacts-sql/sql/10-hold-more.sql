-- The table holds more of its contacts than before: fields whose columns hold values of their own, or none at all.
-- Nothing waits in the outbox, which would tell of edits without these fields.
--
-- Invariants:
--   H1  where a column of a new field holds something, that is an edit of its users, told as one; so is a row that has no name yet.
--   H2  where all of them are empty, nobody has emptied them: the row steps a microsecond behind the version it stands
--       for, so that the hub finds it behind and delivers that version again.
select set_config('app.sync_origin', 'hub', true);
-- Triggers of the table's users fire for this.
set local search_path = {{search path}};

update {{table}} c
set
  {{version}} = case when told.edited then c.{{version}} + 1 else c.{{version}} end,
  {{last_updated}} = case
    when told.edited then clock_timestamp()
    else c.{{last_updated}} - interval '1 microsecond'
  end,
  {{last_updated_by}} = case when told.edited then contact_sync.editor() else c.{{last_updated_by}} end
from (
  select
    o.{{id}} as id,
    o.{{contact_id}} is null or exists (
      select
      from jsonb_each(contact_sync.content(row(o.*)::{{table}})) as field
      where field.key = any ({{new fields}}) and field.value not in ('null', '""', '[]', '{}')
    ) as edited
  from {{table}} o
) told
where told.id = c.{{id}} and c.{{deleted_at}} is null;

insert into contact_sync.outbox (record_id, op, record)
select c.{{id}}, 'update', contact_sync.snapshot(row(c.*)::{{table}})
from {{table}} c
where c.{{deleted_at}} is null;

set local search_path = '';
select set_config('app.sync_origin', '', true);
select pg_notify('contact_sync', '');
