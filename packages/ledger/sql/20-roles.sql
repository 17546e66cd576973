-- Who may call what: the hub calls functions and reaches no table behind them, so that its login can neither drop nor
-- truncate nor rewrite anything, nor erase what was decided. One login that owns everything works as well.
--
-- Invariants
--   * what the hub calls runs with the owner's rights, and looks names up in pg_catalog first and pg_temp last: anybody
--     may make types in pg_temp, whose checks would run with those rights.
--   * contact_sync_hub may call just these functions, and read the cursors.
--   * contact_sync_observer may ask for the status, and read the columns it is counted from: no content, no record id, no
--     key, no name of a person.
--   * both roles have no login: they are for logins to be members of. Where this login may make no roles they are left
--     out, and where somebody made them before they are used.
do $$
declare
  called constant text[] := array[
    'bury', 'claim_comparison', 'close_answered', 'close_dead_letters', 'commit', 'conflicts', 'contacts', 'dead_letters',
    'deliverable', 'delivered', 'linked', 'mark_appended', 'pending', 'pending_inbox', 'receive', 'release_comparison',
    'snapshot', 'standings', 'status', 'unappended',
    -- For people.
    'actions_of', 'begin_action', 'conflict', 'count_dead_letters', 'dead_letter', 'end_action', 'find_contacts', 'flow',
    'latest', 'list_conflicts', 'list_dead_letters', 'receipts_of', 'timeline', 'version_before', 'versions_of',
    -- For those who watch: health, seals, alerts, turns, retention.
    'beat', 'health', 'leave',
    'keep_look', 'last_looks', 'linked_in', 'seal', 'seals', 'standing_digests', 'unlinked',
    'acknowledge_alert', 'alerts', 'claim_notice', 'notice_failed', 'notice_sent', 'open_alerts', 'save_alerts', 'silence_alert',
    'begin_turn', 'end_turn', 'pause_schedule', 'renew_turn', 'resume_schedule', 'turns',
    'forget'
  ];
  callable regprocedure;
  missing text;
begin
  foreach missing in array array['contact_sync_hub', 'contact_sync_observer'] loop
    if
      not exists (select from pg_roles where rolname = missing)
      and (select rolsuper or rolcreaterole from pg_roles where rolname = current_user)
    then
      begin
        execute format('create role %I nologin', missing);
      exception
        -- Another database of this server is made ready at the same moment, or the server's keeper does not want it.
        when duplicate_object or unique_violation or insufficient_privilege then
          null;
      end;
    end if;
  end loop;

  revoke all on schema contact_sync_ledger from public;
  revoke all on all tables in schema contact_sync_ledger from public;
  revoke all on all functions in schema contact_sync_ledger from public;

  for callable in
    select p.oid::regprocedure
    from pg_proc p
    where p.pronamespace = 'contact_sync_ledger'::regnamespace and p.proname = any (called)
  loop
    execute format('alter function %s security definer set search_path = pg_catalog, pg_temp', callable);
    if exists (select from pg_roles where rolname = 'contact_sync_hub') then
      execute format('grant execute on function %s to contact_sync_hub', callable);
    end if;
  end loop;

  if exists (select from pg_roles where rolname = 'contact_sync_hub') then
    grant usage on schema contact_sync_ledger to contact_sync_hub;
    grant select (system, cursor) on contact_sync_ledger.systems to contact_sync_hub;
  end if;

  if exists (select from pg_roles where rolname = 'contact_sync_observer') then
    grant usage on schema contact_sync_ledger to contact_sync_observer;
    grant execute on function contact_sync_ledger.status(text[]) to contact_sync_observer;
    grant select (contact_id, version, deleted, changed_at) on contact_sync_ledger.heads to contact_sync_observer;
    grant select (contact_id, version, status, source, committed_at, appended_at)
      on contact_sync_ledger.versions to contact_sync_observer;
    grant select (contact_id, target, version, delivered_at, written_at, behind, behind_since, emitted_at, emits, dead_letter_id)
      on contact_sync_ledger.deliveries to contact_sync_observer;
    grant select (dead_letter_id, queue, system, contact_id, version, code, attempts, created_at, status, closed_at)
      on contact_sync_ledger.dead_letters to contact_sync_observer;
    grant select (contact_id, version, status, events, opened_at, closed_at)
      on contact_sync_ledger.conflicts to contact_sync_observer;
    grant select (committed_at, appended_at) on contact_sync_ledger.conflict_events to contact_sync_observer;
    grant select (system, contact_id, received_at, told_at, tells, done_at, dead_letter_id)
      on contact_sync_ledger.inbox to contact_sync_observer;
    grant select (contact_id, target, version, at, last_at, times, waited_ms, took_ms)
      on contact_sync_ledger.receipts to contact_sync_observer;
    grant select (system, last_success, compared_at, since) on contact_sync_ledger.systems to contact_sync_observer;
    grant execute on function contact_sync_ledger.health(text[], integer, integer) to contact_sync_observer;
    grant select (slot, system, code, count) on contact_sync_ledger.faults to contact_sync_observer;
    grant select (worker_id, started_at, beat_at, waiting, failing) on contact_sync_ledger.workers to contact_sync_observer;
    grant select (alert_id, code, subject, severity, state, value, since, fired_at, resolved_at, acknowledged_at, silenced_until)
      on contact_sync_ledger.alerts to contact_sync_observer;
    grant select (system, bucket, records) on contact_sync_ledger.seals to contact_sync_observer;
    grant select (system, started_at) on contact_sync_ledger.looks to contact_sync_observer;
    grant select (name, runs, began_at, lease_until, ended_at, outcome, code, paused_at)
      on contact_sync_ledger.turns to contact_sync_observer;
  end if;
end
$$;
