-- Takes the webhook off again, for a database that was started with one before.

drop event trigger if exists sandbox_table_created;

do $$
begin
  if to_regclass('public.contacts') is not null then
    drop trigger if exists sandbox_webhook on public.contacts;
  end if;
end $$;
