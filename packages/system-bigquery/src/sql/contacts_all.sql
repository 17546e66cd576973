-- The head of every contact, deleted ones too.
CREATE OR REPLACE VIEW `{dataset}.contacts_all`
OPTIONS (description = 'The head of every contact, deleted ones too. {stamp}')
AS
SELECT
  contact_id, version, last_updated, last_updated_by, source, deleted IS TRUE AS deleted,
  canonical_name, given_name, family_name, emails, phones, organization, job_title, linkedin_url,
  category_code, subcategory_code, llm_context, recorded_at
FROM `{dataset}.contact_versions`
WHERE COALESCE(status, 'accepted') = 'accepted'
{head}
