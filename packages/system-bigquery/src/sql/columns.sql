-- What the adapter reads of a row. Times as whole microseconds: exact in every client, whatever the year.
  change_id, contact_id, version, UNIX_MICROS(last_updated) AS last_updated_us, last_updated_by,
  COALESCE(status, 'accepted') AS row_status, source, deleted IS TRUE AS is_deleted, appended_by_hub IS TRUE AS by_hub,
  canonical_name, given_name, family_name, emails, phones, organization, job_title, linkedin_url,
  category_code, subcategory_code, llm_context, UNIX_MICROS(recorded_at) AS recorded_us
