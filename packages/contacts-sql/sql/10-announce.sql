-- The rows of an adopted table that were there before, told as if they had just been inserted. Nobody writes meanwhile:
-- creating the triggers has locked the table. One that its users count as deleted is no contact yet.
insert into contact_sync.outbox (record_id, op, record)
select c.{{id}}, 'insert', contact_sync.snapshot(row(c.*)::{{table}})
from {{table}} c
where c.{{contact_id}} is null and c.{{deleted_at}} is null;

select pg_notify('contact_sync', '');
