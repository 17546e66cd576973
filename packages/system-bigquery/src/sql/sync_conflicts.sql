-- What happened to each conflict, append-only: `sequence` counts the events of one conflict.
-- Install reads the columns from this file, one to a line.
CREATE TABLE IF NOT EXISTS `{dataset}.sync_conflicts` (
  event_id STRING NOT NULL,
  conflict_id STRING NOT NULL,
  sequence INT64 NOT NULL,
  contact_id INT64 NOT NULL,
  event STRING NOT NULL,
  version INT64,
  last_updated TIMESTAMP,
  candidates JSON,
  chosen STRING,
  decided_by STRING,
  recorded_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP() NOT NULL
)
PARTITION BY DATE(recorded_at)
CLUSTER BY contact_id, conflict_id
OPTIONS (description = 'Exact ties between edits, and how each was decided. The open ones: sync_conflicts_open.')
