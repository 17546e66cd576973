-- A conflict is open as long as its latest event is no end. Events appended twice do no harm.
CREATE OR REPLACE VIEW `{dataset}.sync_conflicts_open`
OPTIONS (description = 'Conflicts that wait for a person. {stamp}')
AS
SELECT conflict_id, contact_id, version, last_updated, candidates, recorded_at
FROM (
  SELECT *
  FROM `{dataset}.sync_conflicts`
  WHERE TRUE
  QUALIFY ROW_NUMBER() OVER (PARTITION BY conflict_id ORDER BY sequence DESC, recorded_at ASC) = 1
) AS latest
WHERE event IN ('opened', 'candidate_added')
