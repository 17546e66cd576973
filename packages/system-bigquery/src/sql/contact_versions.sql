-- Every version of every contact: append-only, accepted and superseded alike, never updated.
-- * The same change_id may stand here twice (streaming is at least once): readers de-duplicate.
-- * change_id is null where somebody inserted a row by hand.
-- * appended_by_hub is false for what people and programs write here themselves: those rows are edits to be ingested.
-- * Install reads the columns from this file, one to a line.
CREATE TABLE IF NOT EXISTS `{dataset}.contact_versions` (
  change_id STRING,
  contact_id INT64 NOT NULL,
  version INT64 NOT NULL,
  last_updated TIMESTAMP NOT NULL,
  last_updated_by STRING,
  status STRING DEFAULT 'accepted',
  source STRING,
  deleted BOOL DEFAULT FALSE,
  canonical_name STRING,
  given_name STRING,
  family_name STRING,
  emails JSON,
  phones JSON,
  organization STRING,
  job_title STRING,
  linkedin_url STRING,
  category_code STRING,
  subcategory_code STRING,
  llm_context JSON,
  content_hash STRING,
  appended_by_hub BOOL DEFAULT FALSE,
  recorded_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP() NOT NULL
)
PARTITION BY DATE(recorded_at)
CLUSTER BY contact_id
OPTIONS (description = 'Every version of every contact, append-only. Edit contacts with the procedure edit_contact.')
