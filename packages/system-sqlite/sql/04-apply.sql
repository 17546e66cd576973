-- How the hub writes: these run one after the other in one IMMEDIATE transaction, so that nobody writes in between.
--
-- Invariants:
--   A1  a row or tombstone is overwritten only by a higher rank (version, last_updated): the result does not depend on
--       the order, the repetition or the timing of calls. A6 is the one exception.
--   A2  equal rank: 'unchanged' if the content is the same too, else 'ahead' and nothing is written.
--   A3  a contact is found by contact_id, else by the record id of a row that nobody named yet, which is then named,
--       whether or not it outranks what came.
--   A4  a tombstone sets deleted_at and keeps the content, so that whoever clears deleted_at has the contact back. A
--       tombstone for a contact that never was here leaves no row, only its rank.
--   A5  a contact that was deleted physically comes back only by a higher rank, and under its old record id.
--   A6  a row that lacks fields takes an equal rank too, which completes it. Only what is written whole completes a row:
--       no tombstone does.
--   A7  one bad row never fails the others.
--
-- A unary plus keeps the planner, which knows no table's size, from going through all rows for each delivery: the row of
-- a delivery is looked up by its id, never the other way round.

-- name: deliveries
CREATE TEMP TABLE IF NOT EXISTS delivery (
  contact_id TEXT PRIMARY KEY,
  record_id INTEGER,
  version INTEGER,
  last_updated TEXT,
  last_updated_by TEXT,
  deleted INTEGER,
  {{fields_ddl}},
  -- What became of it, and of which record.
  outcome TEXT,
  at_id INTEGER
)

-- name: enter
INSERT INTO contact_sync_origin (origin) VALUES ('hub')

-- name: leave
DELETE FROM contact_sync_origin WHERE origin = 'hub'

-- name: clear
DELETE FROM temp.delivery

-- name: load
INSERT INTO temp.delivery (contact_id, record_id, version, last_updated, last_updated_by, deleted, {{fields}})
SELECT
  value ->> 'contact_id',
  CAST(value ->> 'record_id' AS INTEGER),
  CAST(value ->> 'version' AS INTEGER),
  value ->> 'last_updated',
  value ->> 'last_updated_by',
  value ->> 'deleted',
  {{given}}
FROM json_each(?1)

-- name: name_rows
-- Of two contacts that claim one row, one gets it, and the other is inserted below.
UPDATE {{table}} AS c
SET {{contact_id}} = d.contact_id
FROM temp.delivery AS d
WHERE
  c.{{id}} = +d.record_id
  AND +c.{{contact_id}} IS NULL
  AND NOT EXISTS (SELECT 1 FROM {{table}} AS o WHERE o.{{contact_id}} = d.contact_id)
  AND NOT EXISTS (
    SELECT 1
    FROM contact_sync_tombstones AS o
    WHERE o.contact_id = d.contact_id AND (o.version, o.last_updated) >= (d.version, d.last_updated)
  )

-- name: unbury_named
DELETE FROM contact_sync_tombstones
WHERE contact_id IN (SELECT d.contact_id FROM temp.delivery AS d JOIN {{table}} AS c ON c.{{contact_id}} = d.contact_id)

-- name: name_tombstones
UPDATE contact_sync_tombstones AS t
SET contact_id = d.contact_id
FROM temp.delivery AS d
WHERE
  t.record_id = +d.record_id
  AND +t.contact_id IS NULL
  AND NOT EXISTS (SELECT 1 FROM {{table}} AS o WHERE o.{{contact_id}} = d.contact_id)
  AND NOT EXISTS (SELECT 1 FROM contact_sync_tombstones AS o WHERE o.contact_id = d.contact_id)

-- name: judge_rows
-- 'tie': the ranks are equal, and whether the contents are is for the lens to say.
UPDATE temp.delivery AS d
SET
  at_id = c.{{id}},
  outcome = CASE
    WHEN (coalesce(c.{{version}}, 0), coalesce(c.{{last_updated}}, '')) < (d.version, d.last_updated) THEN 'update'
    WHEN c.{{version}} > d.version OR c.{{last_updated}} > d.last_updated THEN 'ahead'
    WHEN (c.{{deleted_at}} IS NOT NULL) <> d.deleted THEN 'ahead'
    WHEN d.deleted THEN 'unchanged'
    WHEN EXISTS (SELECT 1 FROM contact_sync_incomplete AS i WHERE i.record_id = c.{{id}}) THEN 'update'
    ELSE 'tie'
  END
FROM {{table}} AS c
WHERE c.{{contact_id}} = +d.contact_id

-- name: judge_tombstones
UPDATE temp.delivery AS d
SET
  at_id = t.record_id,
  outcome = CASE
    WHEN (t.version, t.last_updated) < (d.version, d.last_updated) THEN iif(d.deleted, 'bury', 'revive')
    WHEN (t.version, t.last_updated) = (d.version, d.last_updated) AND d.deleted THEN 'unchanged'
    ELSE 'ahead'
  END
FROM contact_sync_tombstones AS t
WHERE t.contact_id = +d.contact_id AND d.outcome IS NULL

-- name: judge_new
UPDATE temp.delivery AS d
SET at_id = n.id, outcome = iif(d.deleted, 'bury', 'insert')
FROM (
  SELECT contact_id, {{last_id}} + row_number() OVER (ORDER BY contact_id) AS id
  FROM temp.delivery
  WHERE outcome IS NULL
) AS n
WHERE d.contact_id = n.contact_id

-- name: write_rows
UPDATE {{table}} AS c
SET
  {{assignments}},
  {{deleted_at}} = CASE WHEN d.deleted THEN coalesce(c.{{deleted_at}}, d.last_updated) END,
  {{version}} = d.version,
  {{last_updated}} = d.last_updated,
  {{last_updated_by}} = d.last_updated_by
FROM temp.delivery AS d
WHERE d.outcome = 'update' AND c.{{id}} = +d.at_id

-- name: insert_rows
INSERT INTO {{table}}
  ({{id}}, {{contact_id}}, {{columns}}, {{version}}, {{last_updated}}, {{last_updated_by}})
SELECT at_id, contact_id, {{fields}}, version, last_updated, last_updated_by
FROM temp.delivery
WHERE outcome IN ('insert', 'revive')

-- name: complete
DELETE FROM contact_sync_incomplete
WHERE
  record_id IN (SELECT at_id FROM temp.delivery WHERE outcome IN ('update', 'insert', 'revive') AND NOT deleted)

-- name: unbury
DELETE FROM contact_sync_tombstones
WHERE record_id IN (SELECT at_id FROM temp.delivery WHERE outcome = 'revive')

-- name: bury_rows
INSERT INTO contact_sync_tombstones (record_id, contact_id, version, last_updated, last_updated_by)
SELECT at_id, contact_id, version, last_updated, last_updated_by
FROM temp.delivery
WHERE outcome = 'bury'
ON CONFLICT (record_id) DO UPDATE
SET version = excluded.version, last_updated = excluded.last_updated, last_updated_by = excluded.last_updated_by

-- name: outcomes
SELECT
  d.contact_id,
  CAST(d.at_id AS TEXT) AS record_id,
  CASE WHEN d.outcome IN ('update', 'insert', 'revive', 'bury') THEN 'applied' ELSE d.outcome END AS outcome,
  CASE WHEN d.outcome = 'tie' THEN (SELECT {{snapshot c}} FROM {{table}} AS c WHERE c.{{id}} = d.at_id) END AS record
FROM temp.delivery AS d
