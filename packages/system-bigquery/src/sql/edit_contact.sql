-- How an analyst edits a contact: CALL edit_contact(42, JSON '{"job_title": "Engineer"}', 'ann@example.com').
-- Top-level fields of `edit` replace those of the head, a JSON null clears one, the others stay. An unknown id makes
-- version 1. A deleted contact comes back with the fields of `edit` alone. The new row is an edit like any other: the hub finds it and carries it to the other systems.
CREATE OR REPLACE PROCEDURE `{dataset}.edit_contact`(id INT64, edit JSON, edited_by STRING)
BEGIN
  -- {stamp}
  ASSERT id IS NOT NULL AS 'id must not be null';
  ASSERT COALESCE(JSON_TYPE(edit) = 'object', FALSE) AS 'edit must be a JSON object';
  ASSERT NOT EXISTS (
    SELECT 1
    FROM UNNEST(JSON_KEYS(edit, 1)) AS field
    WHERE field NOT IN (
      'canonical_name', 'given_name', 'family_name', 'emails', 'phones', 'organization', 'job_title', 'linkedin_url',
      'category_code', 'subcategory_code', 'llm_context'
    )
  ) AS 'edit names a field that contacts do not have';
  ASSERT NOT EXISTS (
    SELECT 1
    FROM UNNEST([
      JSON_TYPE(JSON_QUERY(edit, '$.canonical_name')), JSON_TYPE(JSON_QUERY(edit, '$.given_name')),
      JSON_TYPE(JSON_QUERY(edit, '$.family_name')), JSON_TYPE(JSON_QUERY(edit, '$.organization')),
      JSON_TYPE(JSON_QUERY(edit, '$.job_title')), JSON_TYPE(JSON_QUERY(edit, '$.linkedin_url')),
      JSON_TYPE(JSON_QUERY(edit, '$.category_code')), JSON_TYPE(JSON_QUERY(edit, '$.subcategory_code'))
    ]) AS given
    WHERE given NOT IN ('string', 'null')
  ) AS 'this field must be a string or null';
  ASSERT COALESCE(JSON_VALUE(edit, '$.canonical_name') <> '', JSON_QUERY(edit, '$.canonical_name') IS NULL)
    AS 'canonical_name must not be empty';
  ASSERT JSON_QUERY(edit, '$.canonical_name') IS NOT NULL
    OR EXISTS (SELECT 1 FROM `{dataset}.contacts` AS present WHERE present.contact_id = id)
    AS 'a new contact needs a canonical_name';

  INSERT INTO `{dataset}.contact_versions` (
    change_id, contact_id, version, last_updated, last_updated_by, status, source, deleted, appended_by_hub,
    canonical_name, given_name, family_name, organization, job_title, linkedin_url, category_code, subcategory_code,
    emails, phones, llm_context
  )
  SELECT
    GENERATE_UUID(), wanted.contact_id, COALESCE(head.version, 0) + 1, CURRENT_TIMESTAMP(), edited_by,
    'accepted', 'bigquery', FALSE, FALSE,
    IF(JSON_QUERY(edit, '$.canonical_name') IS NULL, head.canonical_name, JSON_VALUE(edit, '$.canonical_name')),
    IF(JSON_QUERY(edit, '$.given_name') IS NULL, head.given_name, JSON_VALUE(edit, '$.given_name')),
    IF(JSON_QUERY(edit, '$.family_name') IS NULL, head.family_name, JSON_VALUE(edit, '$.family_name')),
    IF(JSON_QUERY(edit, '$.organization') IS NULL, head.organization, JSON_VALUE(edit, '$.organization')),
    IF(JSON_QUERY(edit, '$.job_title') IS NULL, head.job_title, JSON_VALUE(edit, '$.job_title')),
    IF(JSON_QUERY(edit, '$.linkedin_url') IS NULL, head.linkedin_url, JSON_VALUE(edit, '$.linkedin_url')),
    IF(JSON_QUERY(edit, '$.category_code') IS NULL, head.category_code, JSON_VALUE(edit, '$.category_code')),
    IF(JSON_QUERY(edit, '$.subcategory_code') IS NULL, head.subcategory_code, JSON_VALUE(edit, '$.subcategory_code')),
    IF(JSON_TYPE(JSON_QUERY(edit, '$.emails')) = 'null', NULL, COALESCE(JSON_QUERY(edit, '$.emails'), head.emails)),
    IF(JSON_TYPE(JSON_QUERY(edit, '$.phones')) = 'null', NULL, COALESCE(JSON_QUERY(edit, '$.phones'), head.phones)),
    IF(JSON_TYPE(JSON_QUERY(edit, '$.llm_context')) = 'null', NULL, COALESCE(JSON_QUERY(edit, '$.llm_context'), head.llm_context))
  FROM (SELECT id AS contact_id) AS wanted
  LEFT JOIN `{dataset}.contacts_all` AS head ON head.contact_id = wanted.contact_id;
END
