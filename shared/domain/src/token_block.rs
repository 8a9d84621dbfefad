//! A block of tokens that a warm container takes from a bucket with one write and spends from memory, so that a busy
//! workflow costs one write for each block and not for each request. Tokens of a block that are not spent are lost: a block
//! may allow too few requests, never too many.

use crate::{RateLimit, Timestamp};

/// How long the tokens of a block are valid.
const VALID_MS: i64 = 2_000;
/// Blocks are for buckets that refill at least this fast; slower ones would lose too many tokens, and stay exact.
const MIN_REFILL_PER_SECOND: f64 = 100.0;

/// One block of tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TokenBlock {
    limit: RateLimit,
    taken_at: Timestamp,
    tokens: u32,
    spent: u32,
}

impl TokenBlock {
    /// A block whose first token is spent by the request that took the block.
    pub fn new(limit: RateLimit, tokens: u32, now: Timestamp) -> Self {
        Self {
            limit,
            taken_at: now,
            tokens,
            spent: 1,
        }
    }

    /// How many tokens to take from a bucket that has `available`. The size follows the pace at which the last block was
    /// spent, so that hardly any are lost, and is at most a quarter of what is available.
    pub fn size(last: Option<&Self>, limit: RateLimit, available: u32, now: Timestamp) -> u32 {
        let last = last.filter(|last| last.limit == limit && Self::is_for(limit));
        let wanted = last.map_or(1, |last| {
            let age_ms = now.millis_since(last.taken_at).max(1);
            let pace = i64::from(last.spent) * VALID_MS / age_ms;
            pace.clamp(1, i64::from(last.tokens) * 2) as u32
        });
        wanted.min(available / 4).max(1)
    }

    fn is_for(limit: RateLimit) -> bool {
        limit.refill_per_second() >= MIN_REFILL_PER_SECOND
    }

    /// Takes a token from the block, if the block is still valid and has one.
    pub fn spend(&mut self, limit: RateLimit, now: Timestamp) -> bool {
        let has_one = self.spent < self.tokens && self.is_valid(limit, now);
        self.spent += u32::from(has_one);
        has_one
    }

    /// Puts a token back into the block, if the block is still valid.
    pub fn restore(&mut self, limit: RateLimit, now: Timestamp) -> bool {
        let takes_it = self.spent > 0 && self.is_valid(limit, now);
        self.spent -= u32::from(takes_it);
        takes_it
    }

    fn is_valid(&self, limit: RateLimit, now: Timestamp) -> bool {
        let age_ms = now.millis_since(self.taken_at);
        self.limit == limit && Self::is_for(limit) && (0..VALID_MS).contains(&age_ms)
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
        block: Option<TokenBlock>,
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
                .block
                .as_mut()
                .is_some_and(|block| block.spend(limit, now))
            {
                return true;
            }
            let Verdict::Take { phase, available } = limit.judge(*bucket, now) else {
                return false;
            };
            let tokens = TokenBlock::size(self.block.as_ref(), limit, available, now);
            *bucket = Some(limit.taken(*bucket, phase, tokens, now));
            self.block = Some(TokenBlock::new(limit, tokens, now));
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
    fn a_busy_workflow_costs_few_writes() {
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
        let block = two[0].block.as_mut().unwrap();
        assert!(
            !block.restore(limit, now),
            "a token goes back to the bucket itself"
        );
    }

    #[test]
    fn an_old_block_has_no_tokens() {
        let limit = RateLimit::new(4_000, 1_000.0).unwrap();
        let at = Timestamp::from_millis;
        let mut block = TokenBlock::new(limit, 8, at(10_000));
        assert!(block.spend(limit, at(11_999)));
        assert!(!block.spend(limit, at(12_000)));
        assert!(!block.restore(limit, at(12_000)));
        assert!(!block.spend(limit, at(9_999)), "taken later than now");
        let lower = RateLimit::new(4_000, 500.0).unwrap();
        assert!(!block.spend(lower, at(10_000)), "the limit has changed");
        assert!(block.restore(limit, at(10_000)));
        assert_eq!(block.spent, 1);
    }

    #[test]
    fn a_container_with_few_requests_takes_no_block() {
        let limit = RateLimit::new(4_000, 1_000.0).unwrap();
        let mut one = [Container::default()];
        run(limit, &mut one, &[(5, 0); 200]);
        let busy = one[0].block.unwrap();
        assert!(busy.tokens > 50, "{busy:?}");
        run(limit, &mut one, &[(600_000, 0); 2]);
        assert_eq!(one[0].block.unwrap().tokens, 1);
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
                    let seconds = (end - start + VALID_MS) as f64 / 1000.0;
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
