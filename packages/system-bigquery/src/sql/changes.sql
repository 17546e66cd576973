-- A page of the rows that the hub did not append, oldest first, and BigQuery's clock in a last row without a contact.
-- * The key is a digest of the row: a change_id may be null, or be copied from another row by an INSERT … SELECT.
-- * recorded_at is not in it, so that a row streamed twice has one key.
-- * Only the partitions from @since on are read.
WITH edits AS (
  SELECT
    *,
    TO_HEX(SHA256(TO_JSON_STRING([
      change_id, CAST(contact_id AS STRING), CAST(version AS STRING), CAST(UNIX_MICROS(last_updated) AS STRING),
      last_updated_by, status, CAST(deleted AS STRING), canonical_name, given_name, family_name, organization, job_title,
      linkedin_url, category_code, subcategory_code, TO_JSON_STRING(emails), TO_JSON_STRING(phones),
      TO_JSON_STRING(llm_context)
    ]))) AS change_key
  FROM `{dataset}.contact_versions`
  WHERE appended_by_hub IS NOT TRUE AND recorded_at >= TIMESTAMP_MICROS(@since)
),
page AS (
  SELECT
    change_key,
{columns}
  FROM edits
  WHERE
    recorded_at > TIMESTAMP_MICROS(@after)
    OR (recorded_at = TIMESTAMP_MICROS(@after) AND change_key > @after_key)
  ORDER BY recorded_at, change_key
  LIMIT @limit
)
SELECT * FROM page
UNION ALL
SELECT
  NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
  NULL, UNIX_MICROS(CURRENT_TIMESTAMP())
