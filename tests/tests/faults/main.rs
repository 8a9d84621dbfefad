//! Crashes, faults and races: whatever happens between two AWS calls, nothing is lost and nothing is done twice.

mod aws_faults;
mod captures;
mod crash_pairs;
mod crashes;
mod crashes_of_answers;
mod crashes_of_changes;
mod crashes_of_debits;
mod crashes_of_deliver;
mod crashes_of_files;
mod crashes_of_history;
mod crashes_of_publishing;
mod crashes_of_refly;
mod file_races;
mod late_attempts;
mod leases;
mod long_backlog;
mod lost_answers;
mod many_children;
mod mixed_deployments;
mod newer_records;
mod org_races;
mod ownership;
mod races;
mod slow_aws;
mod stale_index;
mod unreadable_state;
