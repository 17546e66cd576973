-- The table holds more of its contacts than before: fields whose columns hold values of their own, or none at all.
--
-- Invariants:
--   H1  where a column of a new field holds something, that is an edit of its users, told as one.
--   H2  where it is empty, nobody has emptied it: the field is missing (T5), whatever the others hold. A row in which all
--       of them are empty keeps its rank, and is told so that the hub hears what is missing and brings it.
insert into contact_sync.incomplete as n (record_id, fields)
select o.id, o.fields
from (
  select c.{{id}} as id, contact_sync.empty_fields(row(c.*)::{{table}}, {{new fields}}) as fields from {{table}} c
) o
where cardinality(o.fields) > 0
on conflict (record_id) do update set fields = n.fields || excluded.fields;

select set_config('app.sync_origin', 'hub', true);
-- Triggers of the table's users fire for this.
set local search_path = {{search path}};

update {{table}} c
set
  {{version}} = c.{{version}} + 1,
  {{last_updated}} = clock_timestamp(),
  {{last_updated_by}} = contact_sync.editor()
where
  c.{{deleted_at}} is null
  and not coalesce(contact_sync.empty_fields(row(c.*)::{{table}}, {{new fields}}), '{}') @> {{new fields}};

insert into contact_sync.outbox (record_id, op, record)
select c.{{id}}, 'update', contact_sync.snapshot(row(c.*)::{{table}})
from {{table}} c
where c.{{deleted_at}} is null;

set local search_path = '';
select set_config('app.sync_origin', '', true);
select pg_notify('contact_sync', '');
