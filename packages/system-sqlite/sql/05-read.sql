-- How the hub reads.
--
-- Invariants:
--   R1  changes tells every committed edit that is not acknowledged, each time the same, oldest first; ack forgets
--       exactly the ids it is given. There is no cursor.
--   R2  a contact that was deleted physically is told as a record that is deleted, with the rank of its deletion.
--   R3  an answer holds at least one entry if there is any, and stops growing at about 8 MB: rows are read one by one.

-- name: installed
SELECT 1 AS found FROM sqlite_schema WHERE type = 'table' AND name = 'contact_sync_schema'

-- name: schema
SELECT version, mapping, added FROM contact_sync_schema ORDER BY version DESC LIMIT 1

-- name: newest
SELECT CAST(max(id) AS TEXT) AS id FROM contact_sync_outbox

-- name: changes
SELECT CAST(id AS TEXT) AS id, CAST(record_id AS TEXT) AS record_id, record
FROM contact_sync_outbox
ORDER BY contact_sync_outbox.id
LIMIT ?1

-- name: ack
DELETE FROM contact_sync_outbox
WHERE id IN (SELECT CAST(value AS INTEGER) FROM json_each(?1) WHERE CAST(CAST(value AS INTEGER) AS TEXT) = value)

-- name: fetch
WITH
  wanted AS MATERIALIZED (
    SELECT DISTINCT CAST(value AS INTEGER) AS id
    FROM json_each(?1)
    WHERE CAST(CAST(value AS INTEGER) AS TEXT) = value
  )
SELECT {{snapshot c}} AS record
FROM wanted AS w
JOIN {{table}} AS c ON c.{{id}} = w.id
UNION ALL
SELECT {{gone t}}
FROM wanted AS w
JOIN contact_sync_tombstones AS t ON t.record_id = w.id
WHERE NOT EXISTS (SELECT 1 FROM {{table}} AS c WHERE c.{{id}} = w.id)

-- name: scan
SELECT id, record
FROM (
  SELECT c.{{id}} AS sort, CAST(c.{{id}} AS TEXT) AS id, {{snapshot c}} AS record
  FROM {{table}} AS c
  WHERE c.{{id}} > CAST(coalesce(?1, '-9223372036854775808') AS INTEGER)
  UNION ALL
  SELECT t.record_id, CAST(t.record_id AS TEXT), {{gone t}}
  FROM contact_sync_tombstones AS t
  WHERE
    t.record_id > CAST(coalesce(?1, '-9223372036854775808') AS INTEGER)
    AND NOT EXISTS (SELECT 1 FROM {{table}} AS c WHERE c.{{id}} = t.record_id)
  ORDER BY sort
  LIMIT ?2
)
