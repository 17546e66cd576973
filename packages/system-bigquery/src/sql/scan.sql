-- A page of heads by contact_id, deleted ones too.
SELECT
{columns}
FROM `{dataset}.contact_versions`
WHERE COALESCE(status, 'accepted') = 'accepted' AND contact_id >= @from
{head}
ORDER BY contact_id
LIMIT @limit
