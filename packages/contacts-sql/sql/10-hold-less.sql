-- What the table does not hold any more, or holds in another way now, is not missing in it.
update contact_sync.incomplete n
set fields = array(select field from unnest(n.fields) field where field = any ({{kept fields}}))
where not n.fields <@ {{kept fields}};

delete from contact_sync.incomplete n where n.fields = '{}';
