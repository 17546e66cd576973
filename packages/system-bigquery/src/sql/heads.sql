-- The heads of some contacts, deleted ones too: as contacts_all, but only these clusters are read.
SELECT
{columns}
FROM `{dataset}.contact_versions`
WHERE COALESCE(status, 'accepted') = 'accepted' AND contact_id IN UNNEST(@ids)
{head}
