-- A page of heads by contact_id, deleted ones too, of the buckets with these three hexadecimal digits: see digests.sql.
SELECT
{columns}
FROM `{dataset}.contact_versions`
WHERE
  COALESCE(status, 'accepted') = 'accepted'
  AND contact_id >= @from
  AND SUBSTR(TO_HEX(SHA256(CAST(contact_id AS STRING))), 1, 3) IN UNNEST(@buckets)
{head}
ORDER BY contact_id
LIMIT @limit
