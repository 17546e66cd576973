-- Which accepted row of a contact is its head: the highest rank; on an exact tie the one that was recorded first.
QUALIFY
  ROW_NUMBER() OVER (
    PARTITION BY contact_id
    ORDER BY version DESC, last_updated DESC, recorded_at ASC, change_id ASC
  ) = 1
