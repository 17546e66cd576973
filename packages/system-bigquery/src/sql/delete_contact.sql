-- How an analyst deletes a contact: CALL delete_contact(42, 'ann@example.com'). The deletion is a version like any other:
-- the hub carries it to the other systems, nothing is taken out of the history, and edit_contact brings the contact back.
CREATE OR REPLACE PROCEDURE `{dataset}.delete_contact`(id INT64, deleted_by STRING)
BEGIN
  -- {stamp}
  ASSERT EXISTS (SELECT 1 FROM `{dataset}.contacts` AS present WHERE present.contact_id = id)
    AS 'there is no such contact';

  INSERT INTO `{dataset}.contact_versions` (
    change_id, contact_id, version, last_updated, last_updated_by, status, source, deleted, appended_by_hub
  )
  SELECT
    GENERATE_UUID(), head.contact_id, head.version + 1, CURRENT_TIMESTAMP(), deleted_by, 'accepted', 'bigquery', TRUE,
    FALSE
  FROM `{dataset}.contacts` AS head
  WHERE head.contact_id = id;
END
