//! Crashes, faults and races: whatever happens between two calls to AWS, nothing is lost and nothing happens twice.

mod crash_pairs;
mod crashes;
mod crashes_of_deliver;
mod crashes_of_history;
mod crashes_of_publishing;
mod late_attempts;
mod leases;
mod lost_answers;
mod ownership;
mod races;
mod refusals;
mod stale_index;
