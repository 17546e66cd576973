-- A Database Webhook on public.contacts: every change of a row becomes one request, queued with the change and posted
-- after its commit, at most once.
--   * the queue is UNLOGGED and a request leaves it before it is posted: what is lost is lost, as with pg_net
--   * NOTIFY carries no content: its payload ends at 8000 bytes
--   * the table appears when the hub installs itself; an event trigger attaches the webhook then

create unlogged table if not exists sandbox.webhook_queue (
  id bigint generated always as identity primary key,
  body jsonb not null
);

create or replace function sandbox.queue_webhook() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into sandbox.webhook_queue (body) values (
    jsonb_build_object(
      'type', tg_op,
      'table', tg_table_name,
      'schema', tg_table_schema,
      'record', case when tg_op <> 'DELETE' then to_jsonb(new) end,
      'old_record', case when tg_op <> 'INSERT' then to_jsonb(old) end
    )
  );
  perform pg_notify('sandbox_webhook', '');
  return null;
end $$;

create or replace function sandbox.attach_webhook() returns void
language plpgsql set search_path = '' as $$
begin
  if to_regclass('public.contacts') is null then return; end if;
  create or replace trigger sandbox_webhook after insert or update or delete on public.contacts
    for each row execute function sandbox.queue_webhook();
end $$;

create or replace function sandbox.table_created() returns event_trigger
language plpgsql as $$
begin
  perform sandbox.attach_webhook();
end $$;

drop event trigger if exists sandbox_table_created;
create event trigger sandbox_table_created on ddl_command_end
  when tag in ('CREATE TABLE') execute function sandbox.table_created();

select sandbox.attach_webhook();
