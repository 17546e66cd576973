-- The head of every contact that is not deleted: what people and programs read.
CREATE OR REPLACE VIEW `{dataset}.contacts`
OPTIONS (description = 'Every contact as it stands. {stamp}')
AS
SELECT
  contact_id, version, last_updated, last_updated_by, source,
  canonical_name, given_name, family_name, emails, phones, organization, job_title, linkedin_url,
  category_code, subcategory_code, llm_context, recorded_at
FROM `{dataset}.contacts_all`
WHERE NOT deleted
