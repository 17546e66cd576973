-- Parts of the triggers and statements.

-- name: users
NOT EXISTS (SELECT 1 FROM contact_sync_origin AS o WHERE o.origin = 'hub')

-- name: now
strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')

-- name: stamping
-- The trigger's own stamp arrives. Each value is compared: see contact_sync_origin.
EXISTS (
    SELECT 1
    FROM contact_sync_origin AS o
    WHERE
      o.origin = 'stamp'
      AND o.record_id = NEW.{{id}}
      AND o.contact_id IS NEW.{{contact_id}}
      AND o.version IS NEW.{{version}}
      AND o.last_updated IS NEW.{{last_updated}}
      AND o.last_updated_by IS NEW.{{last_updated_by}}
  )

-- name: unstamped
(
    OLD.{{id}} <> NEW.{{id}}
    OR OLD.{{contact_id}} IS NOT NEW.{{contact_id}}
    OR OLD.{{version}} IS NOT NEW.{{version}}
    OR OLD.{{last_updated}} IS NOT NEW.{{last_updated}}
    OR OLD.{{last_updated_by}} IS NOT NEW.{{last_updated_by}}
  )

-- name: last_id
-- The highest record id there ever was, as far as ids are counted up from it.
(
      SELECT max(n)
      FROM (
        SELECT 0 AS n
        UNION ALL SELECT max({{id}}) FROM {{table}} WHERE {{id}} < 4611686018427387904
        UNION ALL SELECT max(record_id) FROM contact_sync_tombstones WHERE record_id < 4611686018427387904
        UNION ALL SELECT max(record_id) FROM contact_sync_replaced WHERE record_id < 4611686018427387904
        UNION ALL SELECT seq FROM sqlite_sequence WHERE name = {{name}} AND seq < 4611686018427387904
      )
    )

-- name: instant
-- {{x}}.given as UTC with six digits where SQLite can read it, else now. SQLite's own dates have milliseconds, so that
-- the digits of the fraction are taken from the text.
coalesce(
      (
        SELECT p.seconds || '.' || p.micros || 'Z'
        FROM (
          SELECT
            strftime(
              '%Y-%m-%dT%H:%M:%S',
              substr({{x}}.given, 1, 19)
              || CASE
                WHEN substr({{x}}.given, 20, 1) = '.' THEN ltrim(substr({{x}}.given, 21), '0123456789')
                ELSE substr({{x}}.given, 20)
              END
            ) AS seconds,
            CASE
              WHEN substr({{x}}.given, 20, 1) = '.'
                THEN substr(
                  substr({{x}}.given, 21, length(substr({{x}}.given, 21)) - length(ltrim(substr({{x}}.given, 21), '0123456789')))
                  || '000000',
                  1,
                  6
                )
              ELSE '000000'
            END AS micros
        ) AS p
        WHERE
          typeof({{x}}.given) = 'text'
          AND {{x}}.given GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*'
          AND p.seconds >= '0001'
      ),
      {{now}}
    )

-- name: stamp
-- The id is named only where it moves: naming it makes SQLite write the row anew.
  UPDATE {{table}}
  SET ({{contact_id}}, {{version}}, {{last_updated}}, {{last_updated_by}}) = (
    SELECT s.contact_id, s.version, s.last_updated, s.last_updated_by
    FROM contact_sync_origin AS s
    WHERE s.origin = 'stamp'
  )
  WHERE {{id}} = NEW.{{id}} AND NEW.{{id}} = (SELECT s.record_id FROM contact_sync_origin AS s WHERE s.origin = 'stamp');
  UPDATE {{table}}
  SET ({{id}}, {{contact_id}}, {{version}}, {{last_updated}}, {{last_updated_by}}) = (
    SELECT s.record_id, s.contact_id, s.version, s.last_updated, s.last_updated_by
    FROM contact_sync_origin AS s
    WHERE s.origin = 'stamp'
  )
  WHERE {{id}} = NEW.{{id}} AND NEW.{{id}} <> (SELECT s.record_id FROM contact_sync_origin AS s WHERE s.origin = 'stamp');
  DELETE FROM contact_sync_origin WHERE origin = 'stamp';

-- name: bury
-- Rows that were replaced and do not live on in the new one.
  INSERT INTO contact_sync_tombstones (record_id, contact_id, version, last_updated, last_updated_by)
  SELECT
    r.record_id,
    r.contact_id,
    coalesce(r.version, 0) + (NOT r.deleted),
    CASE WHEN r.deleted THEN coalesce(r.last_updated, {{now}}) ELSE {{now}} END,
    CASE WHEN r.deleted THEN coalesce(r.last_updated_by, 'local') ELSE 'local' END
  FROM contact_sync_replaced AS r
  JOIN contact_sync_origin AS o ON o.origin = 'stamp'
  WHERE
    r.record_id <> o.record_id
    AND r.told IS NULL
    AND (r.record_id = NEW.{{id}} OR NOT EXISTS (SELECT 1 FROM {{table}} AS c WHERE c.{{id}} = r.record_id));
  INSERT INTO contact_sync_outbox (record_id, op, record)
  SELECT s.record_id, 'delete', {{remembered r}}
  FROM contact_sync_replaced AS r
  JOIN contact_sync_tombstones AS s ON s.record_id = r.record_id
  WHERE NOT r.deleted AND r.told IS NULL;
  DELETE FROM contact_sync_incomplete
  WHERE
    record_id IN (
      SELECT r.record_id
      FROM contact_sync_replaced AS r
      JOIN contact_sync_tombstones AS s ON s.record_id = r.record_id
    );
