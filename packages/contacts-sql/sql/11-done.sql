-- What was installed. Comes last: the scripts before ask what was there.
insert into contact_sync.mapping (mapping, mapping_hash, shape, added)
values ({{mapping}}, {{mapping hash}}, {{shape}}, {{added}})
on conflict (one) do update
set
  mapping = excluded.mapping,
  mapping_hash = excluded.mapping_hash,
  shape = excluded.shape,
  added = excluded.added;

insert into contact_sync.schema_version (version) values ({{schema version}}) on conflict do nothing;

-- PostgREST learns of the new functions. Without one this goes unheard.
select pg_notify('pgrst', 'reload schema');
