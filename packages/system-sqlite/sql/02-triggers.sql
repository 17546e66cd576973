-- What happens when somebody else than the hub writes to the table. Any program may be the writer: only functions that
-- every SQLite from 3.38 on has.
--
-- Invariants:
--   E1  an edit raises version by exactly one over the row it changes, whatever version the user supplied; an insert has
--       version 1, or one above the tombstone of the same contact; so has a row that is given the contact_id of one.
--   E2  a statement that changes neither content nor deletion is no edit: same version, same last_updated, no outbox.
--   E3  each edit has one outbox row, of the same transaction, that holds the contact as this edit left it.
--   E4  writes beside the row 'hub' in contact_sync_origin pass unchanged and leave no outbox row.
--   E5  no row goes away without a tombstone, not even by REPLACE.
--   E6  no contact_id has a row and a tombstone at once.
--   E7  an edit takes the fields it fills off contact_sync_incomplete, and says nothing of those that stay there. A
--       statement that writes a whole row, as REPLACE does, speaks of all of them unless it is no edit; a row that is
--       gone lacks none.
--   E8  last_updated stays within the years 1 to 9999, which every system can store.
--
-- SQLite's triggers cannot change NEW: the AFTER triggers write the stamp into the row, which fires the update trigger
-- again; it knows the stamp by contact_sync_origin. The stamp comes last, after all that reads contact_sync_origin,
-- since triggers of the user may run in between. A clause OR IGNORE, OR REPLACE, … of the user's statement takes the
-- place of every such clause in here (https://sqlite.org/lang_createtrigger.html), so that there is none.

-- name: contact_sync_before_insert
CREATE TRIGGER contact_sync_before_insert BEFORE INSERT ON {{table}}
WHEN {{users}}
BEGIN
  DELETE FROM contact_sync_replaced;
  INSERT INTO contact_sync_replaced
    (record_id, contact_id, version, last_updated, last_updated_by, deleted, content, missing)
  SELECT
    c.{{id}}, c.{{contact_id}}, c.{{version}}, c.{{last_updated}}, c.{{last_updated_by}}, c.{{deleted_at}} IS NOT NULL,
    {{content c}},
    (SELECT i.fields FROM contact_sync_incomplete AS i WHERE i.record_id = c.{{id}})
  FROM {{table}} AS c
  WHERE {{collides}};
END

-- name: contact_sync_insert
-- A row that replaces one goes on where that one was: it is an edit of the same record. One that brings back a contact
-- does so under the contact's old record id, so that the hub's link still holds.
CREATE TRIGGER contact_sync_insert AFTER INSERT ON {{table}}
WHEN {{users}}
BEGIN
  DELETE FROM contact_sync_outbox WHERE id IN (SELECT told FROM contact_sync_replaced);
  DELETE FROM contact_sync_tombstones
  WHERE record_id IN (SELECT record_id FROM contact_sync_replaced WHERE told IS NOT NULL);
  UPDATE contact_sync_replaced SET told = NULL;
  DELETE FROM contact_sync_origin WHERE origin = 'stamp';
  INSERT INTO contact_sync_origin
    (origin, record_id, contact_id, version, last_updated, last_updated_by, edited, op)
  SELECT
    'stamp',
    s.record_id,
    s.contact_id,
    CASE WHEN s.before IS NULL THEN 1 ELSE s.before + s.edited END,
    CASE WHEN s.edited THEN {{instant s}} ELSE s.last_updated END,
    CASE WHEN s.edited THEN coalesce(s.given_by, 'local') ELSE s.last_updated_by END,
    s.edited,
    CASE WHEN s.content IS NULL THEN 'insert' ELSE 'update' END
  FROM (
    SELECT
      coalesce(
        h.record_id,
        CASE
          -- A copied row, or a table without AUTOINCREMENT, would bring back the id of a contact that is gone (T1).
          WHEN
            EXISTS (SELECT 1 FROM contact_sync_tombstones AS t WHERE t.record_id = NEW.{{id}})
            OR EXISTS (SELECT 1 FROM contact_sync_replaced AS r WHERE r.record_id = NEW.{{id}})
            THEN {{last_id}} + 1
          ELSE NEW.{{id}}
        END
      ) AS record_id,
      coalesce(NEW.{{contact_id}}, h.contact_id) AS contact_id,
      h.version AS before,
      h.last_updated,
      h.last_updated_by,
      h.content,
      (
        h.content IS NULL
        OR h.content IS NOT {{content c}}
        OR h.deleted IS NOT (c.{{deleted_at}} IS NOT NULL)
        OR (h.contact_id IS NULL AND NEW.{{contact_id}} IS NOT NULL)
      ) AS edited,
      nullif(NEW.{{last_updated}}, h.last_updated) AS given,
      CAST(nullif(NEW.{{last_updated_by}}, h.last_updated_by) AS TEXT) AS given_by
    FROM {{table}} AS c
    LEFT JOIN (
      SELECT *
      FROM (
        SELECT 1 AS choice, record_id, contact_id, version, last_updated, last_updated_by, deleted, content
        FROM contact_sync_replaced
        WHERE contact_id = NEW.{{contact_id}}
        UNION ALL
        SELECT 2, record_id, contact_id, version, last_updated, last_updated_by, 1, NULL
        FROM contact_sync_tombstones
        WHERE contact_id = NEW.{{contact_id}}
        UNION ALL
        SELECT 3, record_id, contact_id, version, last_updated, last_updated_by, deleted, content
        FROM contact_sync_replaced
        WHERE record_id = NEW.{{id}} AND (contact_id IS NULL OR NEW.{{contact_id}} IS NULL)
      )
      ORDER BY choice
      LIMIT 1
    ) AS h ON 1
    WHERE c.{{id}} = NEW.{{id}}
  ) AS s;
{{bury}}
  DELETE FROM contact_sync_incomplete
  WHERE record_id = (SELECT s.record_id FROM contact_sync_origin AS s WHERE s.origin = 'stamp');
  INSERT INTO contact_sync_incomplete (record_id, fields)
  SELECT r.record_id, r.missing
  FROM contact_sync_replaced AS r
  JOIN contact_sync_origin AS s ON s.origin = 'stamp'
  WHERE r.record_id = s.record_id AND r.missing IS NOT NULL AND NOT s.edited;
  DELETE FROM contact_sync_replaced;
  DELETE FROM contact_sync_tombstones
  WHERE
    contact_id = NEW.{{contact_id}}
    OR record_id = (SELECT s.record_id FROM contact_sync_origin AS s WHERE s.origin = 'stamp');
  INSERT INTO contact_sync_outbox (record_id, op, record)
  SELECT s.record_id, s.op, {{stamped c}}
  FROM {{table}} AS c
  JOIN contact_sync_origin AS s ON s.origin = 'stamp'
  WHERE c.{{id}} = NEW.{{id}} AND s.edited;
{{stamp}}
END

-- name: contact_sync_before_update
-- UPDATE OR REPLACE removes the rows that are in its way.
CREATE TRIGGER contact_sync_before_update BEFORE UPDATE ON {{table}}
WHEN {{users}} AND {{moves}} AND NOT {{stamping}}
BEGIN
  DELETE FROM contact_sync_replaced;
  INSERT INTO contact_sync_replaced
    (record_id, contact_id, version, last_updated, last_updated_by, deleted, content)
  SELECT
    c.{{id}}, c.{{contact_id}}, c.{{version}}, c.{{last_updated}}, c.{{last_updated_by}}, c.{{deleted_at}} IS NOT NULL,
    {{content c}}
  FROM {{table}} AS c
  WHERE c.{{id}} <> OLD.{{id}} AND ({{collides}});
END

-- name: contact_sync_update
-- Programs that work offline bring the time and the author of their edit; everybody else gets them from here.
CREATE TRIGGER contact_sync_update AFTER UPDATE ON {{table}}
WHEN {{users}} AND ({{differs}} OR ({{unstamped}} AND NOT {{stamping}}))
BEGIN
  DELETE FROM contact_sync_origin WHERE origin = 'stamp';
  INSERT INTO contact_sync_origin
    (origin, record_id, contact_id, version, last_updated, last_updated_by, edited, op)
  SELECT
    'stamp',
    OLD.{{id}},
    s.contact_id,
    CASE
      WHEN s.edited
        THEN max(
          coalesce(OLD.{{version}}, 0) + 1,
          coalesce(
            (SELECT t.version + 1 FROM contact_sync_tombstones AS t WHERE t.contact_id = s.contact_id),
            0
          )
        )
      ELSE OLD.{{version}}
    END,
    CASE WHEN s.edited THEN {{instant s}} ELSE OLD.{{last_updated}} END,
    CASE WHEN s.edited THEN coalesce(s.given_by, 'local') ELSE OLD.{{last_updated_by}} END,
    s.edited,
    'update'
  FROM (
    SELECT
      coalesce(OLD.{{contact_id}}, NEW.{{contact_id}}) AS contact_id,
      ({{differs}} OR (OLD.{{contact_id}} IS NULL AND NEW.{{contact_id}} IS NOT NULL)) AS edited,
      nullif(NEW.{{last_updated}}, OLD.{{last_updated}}) AS given,
      CAST(nullif(NEW.{{last_updated_by}}, OLD.{{last_updated_by}}) AS TEXT) AS given_by
  ) AS s;
{{bury}}
  DELETE FROM contact_sync_replaced;
  DELETE FROM contact_sync_tombstones WHERE contact_id = coalesce(OLD.{{contact_id}}, NEW.{{contact_id}});
  UPDATE contact_sync_incomplete
  SET fields = (SELECT json_group_array(m.value) FROM json_each(fields) AS m WHERE {{vacant NEW}})
  WHERE record_id = OLD.{{id}};
  DELETE FROM contact_sync_incomplete WHERE record_id = OLD.{{id}} AND fields = '[]';
  INSERT INTO contact_sync_outbox (record_id, op, record)
  SELECT s.record_id, s.op, {{stamped c}}
  FROM {{table}} AS c
  JOIN contact_sync_origin AS s ON s.origin = 'stamp'
  WHERE c.{{id}} = NEW.{{id}} AND s.edited;
{{stamp}}
END

-- name: contact_sync_delete
-- A row that was soft-deleted before is no news: it keeps the rank it has.
CREATE TRIGGER contact_sync_delete AFTER DELETE ON {{table}}
WHEN {{users}}
BEGIN
  DELETE FROM contact_sync_tombstones WHERE record_id = OLD.{{id}} OR contact_id = OLD.{{contact_id}};
  DELETE FROM contact_sync_incomplete WHERE record_id = OLD.{{id}};
  INSERT INTO contact_sync_tombstones (record_id, contact_id, version, last_updated, last_updated_by)
  SELECT
    OLD.{{id}},
    OLD.{{contact_id}},
    coalesce(OLD.{{version}}, 0) + (OLD.{{deleted_at}} IS NULL),
    CASE WHEN OLD.{{deleted_at}} IS NULL THEN {{now}} ELSE coalesce(OLD.{{last_updated}}, {{now}}) END,
    CASE WHEN OLD.{{deleted_at}} IS NULL THEN 'local' ELSE coalesce(OLD.{{last_updated_by}}, 'local') END;
  INSERT INTO contact_sync_outbox (record_id, op, record)
  SELECT s.record_id, 'delete', {{buried OLD}}
  FROM contact_sync_tombstones AS s
  WHERE s.record_id = OLD.{{id}} AND OLD.{{deleted_at}} IS NULL;
  UPDATE contact_sync_replaced
  SET told = CASE WHEN OLD.{{deleted_at}} IS NULL THEN (SELECT max(o.id) FROM contact_sync_outbox AS o) ELSE 0 END
  WHERE record_id = OLD.{{id}};
END
