-- The contacts table, and what contact-sync keeps beside it. SQLite has no schemas: its names begin with contact_sync_.
--
-- Invariants:
--   T1  the id of a contact is the record id: it is never changed, and never used again for another contact.
--   T2  contact_id is null (not heard of by the hub yet) or the canonical decimal form of an INT64; it never changes.
--   T3  content columns take whatever a user writes: the hub dead-letters what is no contact and says why.
--   T4  a contact that was deleted physically has a row in contact_sync_tombstones with the rank of its deletion.
--   T5  contact_sync_incomplete names for a row the fields that are empty there because the table did not hold them when
--       the hub last wrote it. Nobody has emptied them: each stays named until somebody fills it, or the hub writes it.
--   T6  installing compares what is there with what is written here, and touches only what differs.

-- name: contact_sync_schema
CREATE TABLE contact_sync_schema (
  version INTEGER PRIMARY KEY,
  installed_at TEXT NOT NULL,
  -- The table mapping as JSON: the triggers were written for it.
  mapping TEXT NOT NULL,
  -- JSON array of the columns that contact-sync added to the table: its own, all others are the user's.
  added TEXT NOT NULL
)

-- name: contact_sync_outbox
-- Edits that the hub has not acknowledged. AUTOINCREMENT: an id that was acknowledged never names another edit.
CREATE TABLE contact_sync_outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  record_id INTEGER NOT NULL,
  op TEXT NOT NULL,
  record TEXT NOT NULL,
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
)

-- name: contact_sync_tombstones
-- What is left of rows that are gone. contact_id is null for one that was deleted before the hub named it.
CREATE TABLE contact_sync_tombstones (
  record_id INTEGER PRIMARY KEY,
  contact_id TEXT UNIQUE,
  version INTEGER NOT NULL,
  last_updated TEXT NOT NULL,
  last_updated_by TEXT NOT NULL
)

-- name: contact_sync_incomplete
-- fields: JSON array of the names of content fields, never an empty one. No rows unless a mapping has grown.
CREATE TABLE contact_sync_incomplete (
  record_id INTEGER PRIMARY KEY,
  fields TEXT NOT NULL
)

-- name: contact_sync_origin
-- Who is writing. 'hub': inserted and deleted within one transaction of the hub, so that nobody else ever sees it.
-- 'stamp': what a trigger is about to write into a row. It names the row and all its values, so that one left behind
-- by a statement that failed (OR FAIL keeps what a trigger did before) lets no edit pass.
CREATE TABLE contact_sync_origin (
  origin TEXT PRIMARY KEY,
  record_id INTEGER,
  contact_id TEXT,
  version INTEGER,
  last_updated TEXT,
  last_updated_by TEXT,
  edited INTEGER,
  op TEXT
)

-- name: contact_sync_replaced
-- Rows that the statement now running may replace. REPLACE removes rows without a word, unless the writer has set
-- recursive_triggers. What is found here after a statement is only looked at by the next one of its kind, which empties
-- it first. told: null, or that the delete trigger did fire (the outbox id, 0 when it was no news). missing: the fields
-- of contact_sync_incomplete.
CREATE TABLE contact_sync_replaced (
  record_id INTEGER PRIMARY KEY,
  contact_id TEXT,
  version INTEGER,
  last_updated TEXT,
  last_updated_by TEXT,
  deleted INTEGER,
  content TEXT,
  told INTEGER,
  missing TEXT
)

-- name: own
CREATE TABLE {{table}} (
  {{id}} INTEGER PRIMARY KEY AUTOINCREMENT,
  {{contact_id}} {{type contact_id}} UNIQUE,
  {{contents}},
  {{deleted_at}} TEXT,
  {{version}} INTEGER,
  {{last_updated}} TEXT,
  {{last_updated_by}} TEXT
)

-- name: contact_id
-- Type and check of contact_id, also where it is added to an adopted table. A cast stops at the ends of INT64.
TEXT CONSTRAINT contact_id_is_int64 CHECK (
  {{contact_id}} IS NULL
  OR (typeof({{contact_id}}) = 'text' AND CAST(CAST({{contact_id}} AS INTEGER) AS TEXT) = {{contact_id}})
)

-- name: contact_sync_contact_id
-- ALTER TABLE cannot add a UNIQUE column.
CREATE UNIQUE INDEX contact_sync_contact_id ON {{table}} ({{contact_id}})

-- name: announce
-- Rows that were there before contact-sync: the hub hears of them as of new ones.
UPDATE {{table}}
SET {{version}} = 1, {{last_updated}} = {{now}}, {{last_updated_by}} = 'local'
WHERE {{version}} IS NULL

-- name: raise
-- The table holds more of a contact than before. What the columns of the new fields hold is an edit of their users; one
-- that is deleted says nothing before somebody brings it back.
UPDATE {{table}} AS c
SET {{version}} = {{version}} + 1, {{last_updated}} = {{now}}, {{last_updated_by}} = 'local'
WHERE
  c.{{version}} IS NOT NULL
  AND c.{{deleted_at}} IS NULL
  AND EXISTS (SELECT 1 FROM json_each(?1) AS m WHERE NOT {{vacant c}})

-- name: trim_incomplete
-- What the table does not hold any more is not missing, nor what another column holds now.
UPDATE contact_sync_incomplete AS i
SET fields = (
  SELECT json_group_array(m.value)
  FROM {{table}} AS c, json_each(i.fields) AS m
  WHERE c.{{id}} = i.record_id AND {{vacant c}}
)

-- name: forget_complete
DELETE FROM contact_sync_incomplete WHERE fields = '[]'

-- name: note_incomplete
INSERT INTO contact_sync_incomplete (record_id, fields)
SELECT c.{{id}}, (SELECT json_group_array(m.value) FROM json_each(?1) AS m WHERE {{vacant c}})
FROM {{table}} AS c
WHERE c.{{version}} IS NOT NULL AND EXISTS (SELECT 1 FROM json_each(?1) AS m WHERE {{vacant c}})
ON CONFLICT (record_id) DO UPDATE
SET fields = (
  SELECT json_group_array(value)
  FROM (
    SELECT value FROM json_each(contact_sync_incomplete.fields)
    UNION
    SELECT value FROM json_each(excluded.fields)
  )
)

-- name: tell
INSERT INTO contact_sync_outbox (record_id, op, record)
SELECT c.{{id}}, 'insert', {{snapshot c}}
FROM {{table}} AS c
WHERE c.{{version}} = 1
ORDER BY c.{{id}}

-- name: tell_grown
-- All: the hub reads which of them are edits, and gives the others what they lack.
INSERT INTO contact_sync_outbox (record_id, op, record)
SELECT c.{{id}}, 'update', {{snapshot c}}
FROM {{table}} AS c
WHERE c.{{version}} IS NOT NULL AND c.{{deleted_at}} IS NULL
ORDER BY c.{{id}}
