//! Tokens that a warm container takes together and hands out from memory, so that a hot workflow costs a write a block
//! and no longer one a request. What was taken is spent here or by nobody: it may admit too few, never too many.

use crate::{RateLimit, Timestamp};

/// How long a block is good for. What is left of it then is forfeited.
const HELD_MS: i64 = 2_000;
/// Slower buckets have nothing to forfeit and stay exact.
const LEASED_FROM_PER_SECOND: f64 = 100.0;

/// One block of tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TokenBlock {
    limit: RateLimit,
    taken_at: Timestamp,
    tokens: u32,
    spent: u32,
}

impl TokenBlock {
    /// A block of which the request that took it spends the first token.
    pub fn new(limit: RateLimit, tokens: u32, now: Timestamp) -> Self {
        Self {
            limit,
            taken_at: now,
            tokens,
            spent: 1,
        }
    }

    /// How many tokens to ask a bucket for that has room for so many. The block grows as fast as the last one was
    /// spent, so that hardly anything is forfeited, and is never more than a quarter of the room.
    pub fn size(last: Option<&Self>, limit: RateLimit, room: u32, now: Timestamp) -> u32 {
        let last = last.filter(|last| last.limit == limit && Self::is_for(limit));
        let wanted = last.map_or(1, |last| {
            let age_ms = now.millis_since(last.taken_at).max(1);
            let pace = i64::from(last.spent) * HELD_MS / age_ms;
            pace.clamp(1, i64::from(last.tokens) * 2) as u32
        });
        wanted.min(room / 4).max(1)
    }

    fn is_for(limit: RateLimit) -> bool {
        limit.refill_per_second() >= LEASED_FROM_PER_SECOND
    }

    /// Takes a token from the block, if it is still good and has one.
    pub fn spend(&mut self, limit: RateLimit, now: Timestamp) -> bool {
        let has_one = self.spent < self.tokens && self.is_good(limit, now);
        self.spent += u32::from(has_one);
        has_one
    }

    /// Puts a token back into the block, if it is still good.
    pub fn restore(&mut self, limit: RateLimit, now: Timestamp) -> bool {
        let takes_it = self.spent > 0 && self.is_good(limit, now);
        self.spent -= u32::from(takes_it);
        takes_it
    }

    fn is_good(&self, limit: RateLimit, now: Timestamp) -> bool {
        let age_ms = now.millis_since(self.taken_at);
        self.limit == limit && Self::is_for(limit) && (0..HELD_MS).contains(&age_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bucket, Verdict};
    use proptest::prelude::*;

    /// A container, as far as it has to do with tokens.
    #[derive(Clone, Default)]
    struct Container {
        lease: Option<TokenBlock>,
        writes: usize,
    }

    impl Container {
        fn admits(
            &mut self,
            bucket: &mut Option<Bucket>,
            limit: RateLimit,
            now: Timestamp,
        ) -> bool {
            if self
                .lease
                .as_mut()
                .is_some_and(|lease| lease.spend(limit, now))
            {
                return true;
            }
            let Verdict::Take { form, room } = limit.judge(*bucket, now) else {
                return false;
            };
            let tokens = TokenBlock::size(self.lease.as_ref(), limit, room, now);
            *bucket = Some(limit.taken(*bucket, form, tokens, now));
            self.lease = Some(TokenBlock::new(limit, tokens, now));
            self.writes += 1;
            true
        }
    }

    /// Requests to containers, each so many milliseconds after the one before: when they were admitted.
    fn run(limit: RateLimit, containers: &mut [Container], arrivals: &[(i64, usize)]) -> Vec<i64> {
        let mut bucket = None;
        let mut now_ms = 1_000_000;
        let mut admitted = Vec::new();
        for &(gap_ms, container) in arrivals {
            now_ms += gap_ms;
            let now = Timestamp::from_millis(now_ms);
            let container = &mut containers[container];
            if container.admits(&mut bucket, limit, now) {
                admitted.push(now_ms);
            }
        }
        admitted
    }

    #[test]
    fn a_hot_workflow_writes_seldom() {
        let limit = RateLimit::new(4_000, 1_000.0).unwrap();
        let mut one = [Container::default()];
        let arrivals = [(10, 0); 1_000];
        assert_eq!(run(limit, &mut one, &arrivals).len(), 1_000);
        assert!(one[0].writes < 20, "{} writes", one[0].writes);
    }

    #[test]
    fn a_small_limit_stays_exact() {
        let limit = RateLimit::new(400, 99.0).unwrap();
        let mut two = [Container::default(), Container::default()];
        let arrivals: Vec<_> = (0..300).map(|n| (1, n % 2)).collect();
        assert_eq!(run(limit, &mut two, &arrivals).len(), 300);
        assert_eq!(two[0].writes + two[1].writes, 300);
        let now = Timestamp::from_millis(1_000_300);
        let lease = two[0].lease.as_mut().unwrap();
        assert!(
            !lease.restore(limit, now),
            "a token goes back to the bucket itself"
        );
    }

    #[test]
    fn an_old_block_admits_nobody() {
        let limit = RateLimit::new(4_000, 1_000.0).unwrap();
        let at = Timestamp::from_millis;
        let mut lease = TokenBlock::new(limit, 8, at(10_000));
        assert!(lease.spend(limit, at(11_999)));
        assert!(!lease.spend(limit, at(12_000)));
        assert!(!lease.restore(limit, at(12_000)));
        assert!(!lease.spend(limit, at(9_999)), "taken later than now");
        let lower = RateLimit::new(4_000, 500.0).unwrap();
        assert!(!lease.spend(lower, at(10_000)), "the limit has changed");
        assert!(lease.restore(limit, at(10_000)));
        assert_eq!(lease.spent, 1);
    }

    #[test]
    fn who_asks_seldom_is_given_no_block() {
        let limit = RateLimit::new(4_000, 1_000.0).unwrap();
        let mut one = [Container::default()];
        run(limit, &mut one, &[(5, 0); 200]);
        let busy = one[0].lease.unwrap();
        assert!(busy.tokens > 50, "{busy:?}");
        run(limit, &mut one, &[(600_000, 0); 2]);
        assert_eq!(one[0].lease.unwrap().tokens, 1);
    }

    proptest! {
        #[test]
        fn blocks_never_admit_more_than_was_taken_in_time(
            (capacity, refill) in (1u32..200, 100.0f64..500.0),
            arrivals in prop::collection::vec((0i64..30, 0usize..4), 1..600),
        ) {
            let limit = RateLimit::new(capacity, refill).unwrap();
            let admitted = run(limit, &mut vec![Container::default(); 4], &arrivals);
            for (i, start) in admitted.iter().enumerate() {
                for (j, end) in admitted.iter().enumerate().skip(i) {
                    let seconds = (end - start + HELD_MS) as f64 / 1000.0;
                    let allowed = f64::from(capacity) + seconds * refill + 1e-6;
                    prop_assert!((j - i + 1) as f64 <= allowed);
                }
            }
            let all_ms = (admitted.last().unwrap() - admitted[0]) as f64;
            let allowed = f64::from(capacity) + all_ms / 1000.0 * refill + 1e-6;
            prop_assert!(admitted.len() as f64 <= allowed, "from the start it is exact");
        }
    }
}
