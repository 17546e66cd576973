-- The ledger: where the hub decides atomically. It holds heads, the versions still needed, who is known to hold what,
-- and what is yet to be done, so that pending work is a query. All of it but inbox and dead letters can be rebuilt
-- from BigQuery.
--
-- Invariants
--   * heads.revision rises with every change of the head or of the open conflict; commit() compares it.
--   * versions are immutable; appended_at is null until BigQuery has the row.
--   * deliveries.behind is true exactly when the target must be sent the head (see is_behind).
--   * one open conflict a contact; one open dead letter a queue, system and key (two systems may use one record id); one
--     contact a record and one record a contact in each system.
--   * contents are the canonical JSON as text: jsonb would change numbers and key order, and is never hashed.
--   * whoever writes what belongs to a contact locks its head first (lock_heads). Locks are taken in this order, so that
--     batches never wait for each other in a circle: heads by contact_id, links by system and record id, dead letters by
--     queue, system and key, inbox by system and key, versions by their key, receipts by theirs, systems last. pending() and
--     pending_inbox() skip what others have locked.
--   * deliveries.dead_letter_id names an open letter, or one that was discarded: until the head moves, or the target is
--     found in step, the head is not sent there.
--   * what is there for people to list and search (heads.name and what follows it) is written with the head; no decision
--     looks at it.
create schema if not exists contact_sync_ledger;

-- Of earlier forms of this file.
drop index if exists contact_sync_ledger.dead_letters_open, contact_sync_ledger.deliveries_behind,
  contact_sync_ledger.versions_unappended, contact_sync_ledger.inbox_undone;
drop function if exists contact_sync_ledger.measure(bigint[]), contact_sync_ledger.deliverable(text, bigint[]),
  contact_sync_ledger.deliverable(text, bigint[], integer), contact_sync_ledger.pending(text, interval, integer),
  contact_sync_ledger.is_behind(bigint, text, bigint, text, boolean), contact_sync_ledger.dead_letters(bigint[], text);

do $$
begin
  if (select p.prorettype from pg_proc p where p.oid = to_regprocedure('contact_sync_ledger.delivered(text, jsonb)')) = 'void'::regtype then
    drop function contact_sync_ledger.delivered(text, jsonb);
  end if;
end
$$;

create table if not exists contact_sync_ledger.heads (
  contact_id bigint primary key,
  revision bigint not null,
  version bigint not null,
  content_hash text not null,
  last_updated text not null,
  last_updated_by text not null,
  deleted boolean not null,
  changed_at timestamptz not null default clock_timestamp()
);

create table if not exists contact_sync_ledger.versions (
  contact_id bigint not null,
  version bigint not null,
  content_hash text not null,
  status text not null check (status in ('accepted', 'superseded')),
  last_updated text not null,
  last_updated_by text not null,
  content text,
  source text,
  recorded_at text not null,
  committed_at timestamptz not null default clock_timestamp(),
  appended_at timestamptz,
  primary key (contact_id, version, content_hash)
);

-- By contact, though the sweeper asks by time: an outage of BigQuery leaves many, and each commit asks for its contacts'.
create index if not exists versions_unappended_contact on contact_sync_ledger.versions (contact_id)
where
  appended_at is null;

create table if not exists contact_sync_ledger.links (
  system text not null,
  record_id text not null,
  contact_id bigint not null,
  primary key (system, record_id),
  unique (system, contact_id)
);

create table if not exists contact_sync_ledger.dead_letters (
  dead_letter_id bigint generated always as identity primary key,
  queue text not null,
  system text not null,
  key text not null,
  contact_id bigint,
  version bigint,
  code text not null,
  field text,
  reason text not null,
  advice text not null,
  attempts integer not null,
  created_at timestamptz not null default clock_timestamp(),
  status text not null default 'open' check (status in ('open', 'replayed', 'superseded', 'discarded')),
  closed_at timestamptz,
  closed_by text
);

create unique index if not exists dead_letters_open_key on contact_sync_ledger.dead_letters (queue, system, key)
where
  status = 'open';

create index if not exists dead_letters_open_contact on contact_sync_ledger.dead_letters (contact_id)
where
  status = 'open';

create table if not exists contact_sync_ledger.deliveries (
  contact_id bigint not null references contact_sync_ledger.heads,
  target text not null,
  version bigint,
  content_hash text,
  delivered_at timestamptz,
  behind boolean not null,
  behind_since timestamptz,
  emitted_at timestamptz,
  emits integer not null default 0,
  dead_letter_id bigint references contact_sync_ledger.dead_letters,
  primary key (contact_id, target)
);

create index if not exists deliveries_unsent on contact_sync_ledger.deliveries (target, emitted_at nulls first)
where
  behind
  and dead_letter_id is null;

create index if not exists deliveries_longest_behind on contact_sync_ledger.deliveries (target, behind_since)
where
  behind
  and dead_letter_id is null;

create index if not exists deliveries_parked on contact_sync_ledger.deliveries (dead_letter_id)
where
  dead_letter_id is not null;

create table if not exists contact_sync_ledger.conflicts (
  conflict_id text primary key,
  contact_id bigint not null,
  version bigint not null,
  last_updated text not null,
  candidates text not null,
  events integer not null,
  status text not null default 'open' check (status in ('open', 'resolved', 'superseded')),
  opened_at timestamptz not null default clock_timestamp(),
  closed_at timestamptz,
  closed_by text,
  chosen text
);

create unique index if not exists conflicts_open on contact_sync_ledger.conflicts (contact_id)
where
  status = 'open';

create table if not exists contact_sync_ledger.conflict_events (
  event_id text primary key,
  event text not null,
  committed_at timestamptz not null default clock_timestamp(),
  appended_at timestamptz
);

create index if not exists conflict_events_unappended on contact_sync_ledger.conflict_events (committed_at)
where
  appended_at is null;

create table if not exists contact_sync_ledger.inbox (
  inbox_id bigint generated always as identity primary key,
  system text not null,
  key text not null,
  record_id text not null,
  contact_id bigint,
  record text not null,
  received_at timestamptz not null default clock_timestamp(),
  told_at timestamptz not null default clock_timestamp(),
  tells integer not null default 0,
  done_at timestamptz,
  dead_letter_id bigint references contact_sync_ledger.dead_letters,
  unique (system, key)
);

-- What is undecided of a record, and when it was last decided over.
create index if not exists inbox_of_record on contact_sync_ledger.inbox (system, record_id, done_at);

create index if not exists inbox_untold on contact_sync_ledger.inbox (system, told_at)
where
  done_at is null
  and dead_letter_id is null;

create index if not exists inbox_parked on contact_sync_ledger.inbox (dead_letter_id)
where
  dead_letter_id is not null;

create table if not exists contact_sync_ledger.systems (
  system text primary key,
  cursor text,
  last_success timestamptz
);

alter table contact_sync_ledger.systems add column if not exists compared_at timestamptz;

-- When it failed last: an edit that was decided over before that is no answer to it.
alter table contact_sync_ledger.dead_letters add column if not exists failed_at timestamptz not null default clock_timestamp();

-- When the hub wrote there last: delivered_at is also moved by seeing that the record still stands.
alter table contact_sync_ledger.deliveries add column if not exists written_at timestamptz;

-- When the hub first heard of an edit that became the version; null for those of before this was kept.
alter table contact_sync_ledger.versions add column if not exists heard_at timestamptz;

-- How it was decided over; null: not yet, discarded, or before this was kept.
alter table contact_sync_ledger.inbox add column if not exists outcome text;

-- Of the content of the head, or of the last one that was no deletion: see search.ts, which knows how they are spelt.
alter table contact_sync_ledger.heads
  add column if not exists name text not null default '',
  add column if not exists name_key text not null default '',
  add column if not exists organization text,
  add column if not exists category text,
  add column if not exists search text not null default '';

create index if not exists heads_by_name on contact_sync_ledger.heads (deleted, name_key collate "C", contact_id);

-- What each target was given: written by delivered() alone, which has locked the contact's head.
create table if not exists contact_sync_ledger.receipts (
  contact_id bigint not null,
  target text not null,
  version bigint not null,
  content_hash text not null,
  at timestamptz not null,
  last_at timestamptz not null,
  times integer not null,
  waited_ms bigint,
  primary key (contact_id, target, version, content_hash)
);

-- For people, who ask what happened to one contact, newest first, and for lists of what is over: see 10 and 11.
create index if not exists inbox_of_contact on contact_sync_ledger.inbox (contact_id, received_at)
where
  contact_id is not null;

create index if not exists inbox_of_record_by_time on contact_sync_ledger.inbox (system, record_id, received_at);

create index if not exists versions_by_time on contact_sync_ledger.versions (contact_id, committed_at);

create index if not exists receipts_of_contact on contact_sync_ledger.receipts (contact_id, at);

create index if not exists dead_letters_of_contact on contact_sync_ledger.dead_letters (contact_id);

create index if not exists dead_letters_of_key on contact_sync_ledger.dead_letters (system, key);

create index if not exists dead_letters_waiting on contact_sync_ledger.dead_letters (dead_letter_id)
where
  status = 'open';

create index if not exists conflicts_of_contact on contact_sync_ledger.conflicts (contact_id);

create index if not exists conflicts_closed on contact_sync_ledger.conflicts (closed_at, conflict_id)
where
  status <> 'open';

-- Systems give their ids in the order of bytes, whatever the collation of this database.
create index if not exists links_in_order on contact_sync_ledger.links (system, record_id collate "C");

-- Nothing is known to be held: a write whose receipt was lost may have come there all the same, so that a deletion is
-- told as well. A number above the head's on the head's content is nobody's edit.
create or replace function contact_sync_ledger.is_behind(
  held_version bigint,
  held_hash text,
  head_version bigint,
  head_hash text
) returns boolean language sql immutable as $$
  select held_hash is null or held_hash <> head_hash or held_version < head_version
$$;

create or replace function contact_sync_ledger.lock_heads(ids bigint[]) returns void language sql volatile as $$
  select
  from contact_sync_ledger.heads
  where contact_id = any (ids)
  order by contact_id
  for no key update
$$;
