-- Every row of some contacts, those appended twice twice.
SELECT
{columns}
FROM `{dataset}.contact_versions`
WHERE contact_id IN UNNEST(@ids)
