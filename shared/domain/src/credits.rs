//! Credits: how many executions an org may begin in a month. Each costs one. The count of a large number of credits is
//! kept in shards, each with a share of its own, because one item of a table takes only so many writes a second. It does
//! not know where the counts are stored.

use std::fmt;

use time::OffsetDateTime;

use crate::{ExecutionId, OrgId, Timestamp};

/// From so many credits a month on, their count is kept in shards: each has at least a hundred.
pub const MIN_SHARDED_CREDITS: u64 = 1_600;
/// Shards of a large count.
const SHARDS: u8 = 16;

/// A month of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Month {
    year: i32,
    month: u8,
}

/// The credits of an org in one month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CreditAccount {
    /// Whose they are.
    pub org: OrgId,
    /// When they can be used.
    pub month: Month,
    /// How many there are.
    pub limit: u64,
}

/// One of the counts that an account is kept in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CreditShard(u8);

impl Month {
    /// The month that a moment is in.
    pub fn of(at: Timestamp) -> Self {
        let at = OffsetDateTime::from_unix_timestamp(at.as_millis().div_euclid(1_000));
        let at = at.unwrap_or(OffsetDateTime::UNIX_EPOCH);
        Self {
            year: at.year(),
            month: u8::from(at.month()),
        }
    }
}

/// As ISO 8601 writes it: `2026-06`.
impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl CreditAccount {
    /// The shards that have a share of the credits.
    pub fn shards(self) -> impl Iterator<Item = CreditShard> {
        self.all_shards()
            .filter(move |shard| self.share(*shard) > 0)
    }

    /// The same in the order in which an execution looks for a credit: from one of its own on, so that executions spread.
    pub fn shards_for(self, execution: ExecutionId) -> impl Iterator<Item = CreditShard> {
        let first = usize::from(execution.shard().number());
        let shards: Vec<CreditShard> = self.shards().collect();
        let count = shards.len();
        (0..count).map(move |step| shards[(first + step) % count])
    }

    /// How many of the credits a shard has. All shards together have all of them.
    pub fn share(self, shard: CreditShard) -> u64 {
        match self.is_sharded() {
            false => self.limit,
            true => {
                let shards = u64::from(SHARDS);
                self.limit / shards + u64::from(u64::from(shard.0) < self.limit % shards)
            }
        }
    }

    fn is_sharded(self) -> bool {
        self.limit >= MIN_SHARDED_CREDITS
    }

    fn all_shards(self) -> impl Iterator<Item = CreditShard> {
        let count = if self.is_sharded() { SHARDS } else { 1 };
        (0..count).map(CreditShard)
    }
}

impl CreditShard {
    /// Every shard that any account has.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..SHARDS).map(Self)
    }

    /// Its number, from 0.
    pub fn number(self) -> u8 {
        self.0
    }
}

/// One hexadecimal digit.
impl fmt::Display for CreditShard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn account(limit: u64) -> CreditAccount {
        CreditAccount {
            org: OrgId::derived(&["one"]),
            month: Month::of(Timestamp::from_millis(0)),
            limit,
        }
    }

    fn execution(number: u32) -> ExecutionId {
        ExecutionId::derived(&[&number.to_string()])
    }

    #[test]
    fn a_month_begins_at_midnight_of_utc() {
        let of = |text: &str| Month::of(Timestamp::parse(text).unwrap()).to_string();
        assert_eq!(of("2026-06-30T23:59:59.999Z"), "2026-06");
        assert_eq!(of("2026-07-01T00:00:00.000Z"), "2026-07");
        assert_eq!(of("2026-07-01T01:00:00.000+02:00"), "2026-06");
    }

    #[test]
    fn the_count_is_in_shards_from_1600_credits_on() {
        assert_eq!(account(1_599).shards().count(), 1);
        let sharded = account(1_600);
        assert_eq!(sharded.shards().count(), 16);
        assert!(sharded.shards().all(|shard| sharded.share(shard) == 100));
    }

    #[test]
    fn an_account_without_credits_has_no_shard() {
        assert_eq!(account(0).shards().count(), 0);
        assert_eq!(account(0).shards_for(execution(1)).count(), 0);
    }

    #[test]
    fn executions_begin_at_different_shards_and_reach_all() {
        let sharded = account(5_000);
        let mut firsts = BTreeSet::new();
        for number in 0..200 {
            let order: Vec<u8> = sharded
                .shards_for(execution(number))
                .map(CreditShard::number)
                .collect();
            firsts.insert(order[0]);
            assert_eq!(order.iter().collect::<BTreeSet<_>>().len(), 16);
        }
        assert_eq!(firsts.len(), 16);
    }

    proptest! {
        #[test]
        fn the_shares_add_up_to_the_limit(limit in 0_u64..1_000_000) {
            let account = account(limit);
            let sum: u64 = account.shards().map(|shard| account.share(shard)).sum();
            prop_assert_eq!(sum, limit);
        }
    }
}
