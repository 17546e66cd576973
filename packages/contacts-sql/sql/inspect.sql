-- What there is to know of the table $1.$2 before it is used: one row with one jsonb, or none. Read with an empty
-- search_path, so that types and defaults are spelled with their schemas.
with recursive
  -- A domain counts as what it is made of.
  base as (
    select y.oid, y.oid as made_of, y.typtype, y.typbasetype, y.typnotnull from pg_type y
    union all
    select b.oid, y.oid, y.typtype, y.typbasetype, b.typnotnull or y.typnotnull
    from base b
    join pg_type y on y.oid = b.typbasetype
    where b.typtype = 'd'
  )
select
  jsonb_build_object(
    'kind', t.relkind,
    'temporary', t.relpersistence = 't',
    'part_of_others', t.relispartition or exists (
      select from pg_inherits h where t.oid in (h.inhrelid, h.inhparent)
    ),
    'owned', pg_has_role(t.relowner, 'usage'),
    'hides_rows', t.relforcerowsecurity and not (
      select r.rolsuper or r.rolbypassrls from pg_roles r where r.rolname = current_user
    ),
    'primary_key', coalesce(
      (
        select jsonb_agg(a.attname order by k.nth)
        from pg_index x
        cross join unnest(x.indkey) with ordinality as k (attnum, nth)
        join pg_attribute a on a.attrelid = t.oid and a.attnum = k.attnum
        where x.indrelid = t.oid and x.indisprimary
      ),
      '[]'
    ),
    -- Bits of tgtype: 1 for each row, 2 before, 4 insert, 16 update.
    -- Source: https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_trigger.h
    'triggers_after_ours', coalesce(
      (
        select jsonb_agg(g.tgname order by g.tgname)
        from pg_trigger g
        where
          g.tgrelid = t.oid
          and not g.tgisinternal
          and (g.tgtype & 3) = 3
          and (g.tgtype & 20) <> 0
          and g.tgname > 'zz_contact_sync_stamp_update'
      ),
      '[]'
    ),
    'columns', coalesce(
      (
        select jsonb_agg(
          jsonb_build_object(
            'name', a.attname,
            'type', format_type(m.oid, -1),
            'form', case
              when m.oid in ('json'::regtype, 'jsonb'::regtype) then m.typname
              when m.typtype = 'e' then 'choice'
              when m.typcategory = 'S' then 'text'
              when m.typcategory = 'A' and e.typcategory = 'S' and e.oid <> 'bpchar'::regtype then 'texts'
              else 'other'
            end,
            'domain', a.atttypid <> m.oid,
            'collation', (
              select quote_ident(cn.nspname) || '.' || quote_ident(l.collname)
              from pg_collation l
              join pg_namespace cn on cn.oid = l.collnamespace
              where l.oid = a.attcollation and l.collname <> 'default'
            ),
            'not_null', a.attnotnull or b.typnotnull,
            'default', case when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid) end,
            'identity', a.attidentity <> '',
            'written_by_itself', a.attgenerated <> ''
          )
          order by a.attnum
        )
        from pg_attribute a
        join base b on b.oid = a.atttypid and b.typtype <> 'd'
        join pg_type m on m.oid = b.made_of
        left join pg_type e on e.oid = m.typelem
        left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
      ),
      '[]'
    )
  ) as found
from pg_class t
join pg_namespace n on n.oid = t.relnamespace
where n.nspname = $1 and t.relname = $2;
