-- What stands in each bucket, deleted contacts too: how many heads, and a digest of all that the adapter reads of them.
-- * A bucket is the first three hexadecimal digits of the SHA-256 of the contact_id in decimal.
-- * Marks, statuses and recorded_at are not in it: a row that was streamed twice reads as one.
WITH heads AS (
  SELECT *
  FROM `{dataset}.contact_versions`
  WHERE COALESCE(status, 'accepted') = 'accepted'
{head}
),
sealed AS (
  SELECT
    SUBSTR(TO_HEX(SHA256(CAST(contact_id AS STRING))), 1, 3) AS bucket,
    TO_HEX(SHA256(TO_JSON_STRING([
      CAST(contact_id AS STRING), CAST(version AS STRING), CAST(UNIX_MICROS(last_updated) AS STRING), last_updated_by,
      CAST(deleted IS TRUE AS STRING), canonical_name, given_name, family_name, organization, job_title, linkedin_url,
      category_code, subcategory_code, TO_JSON_STRING(emails), TO_JSON_STRING(phones), TO_JSON_STRING(llm_context)
    ]))) AS seal
  FROM heads
)
SELECT bucket, COUNT(*) AS records, TO_HEX(SHA256(STRING_AGG(seal, '' ORDER BY seal))) AS digest
FROM sealed
GROUP BY bucket
ORDER BY bucket
