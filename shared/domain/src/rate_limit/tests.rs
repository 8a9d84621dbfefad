//! A bucket never allows more than its capacity and refill, and says exactly when it has a token again.

use super::*;
use proptest::prelude::*;

fn admitted(limit: RateLimit, arrivals_ms: &[i64]) -> Vec<i64> {
    let mut bucket = None;
    let mut admitted = Vec::new();
    for &at in arrivals_ms {
        let now = Timestamp::from_millis(at);
        if let Verdict::Take { phase, .. } = limit.judge(bucket, now) {
            bucket = Some(limit.taken(bucket, phase, 1, now));
            admitted.push(at);
        }
    }
    admitted
}

#[test]
fn a_full_bucket_admits_its_capacity_at_once_and_then_says_when() {
    let limit = RateLimit::new(50, 1.0).unwrap();
    assert_eq!(admitted(limit, &[5_000; 200]).len(), 50);
    let full = Bucket {
        tat_us: 55_000_000,
        since_us: 5_000_000,
        interval_us: 1_000_000,
    };
    assert_eq!(
        limit.judge(Some(full), Timestamp::from_millis(5_000)),
        Verdict::Empty {
            retry_after_ms: 1_000
        }
    );
}

#[test]
fn a_raised_rate_counts_from_the_next_request_on() {
    let slow = RateLimit::new(1, 0.0001).unwrap();
    let now = Timestamp::from_millis(5_000);
    let used = slow.taken(None, BucketPhase::Idle, 1, now);
    let after_16_s = now.plus_millis(16_000);
    let Verdict::Empty { retry_after_ms } = slow.judge(Some(used), after_16_s) else {
        panic!("the slow bucket has no token");
    };
    assert_eq!(retry_after_ms, 9_984_000, "the slow rate needs so long");

    let fast = RateLimit::new(100, 10.0).unwrap();
    let Verdict::Take { phase, available } = fast.judge(Some(used), after_16_s) else {
        panic!("the raised limit has tokens at once");
    };
    assert_eq!(available, 99, "the one that was used is missing");
    let next = fast.taken(Some(used), phase, 1, after_16_s);
    assert_eq!(next.tat_us, 21_000_000 + 99_840 + 100_000);
    assert_eq!(next.interval_us, 100_000);

    let only_faster = RateLimit::new(1, 10.0).unwrap();
    let verdict = only_faster.judge(Some(used), after_16_s);
    assert_eq!(
        verdict,
        Verdict::Empty {
            retry_after_ms: 100
        }
    );
}

#[test]
fn a_lowered_rate_empties_a_bucket_and_no_more() {
    let now = Timestamp::from_millis(5_000);
    let fast = RateLimit::new(100_000, 10_000.0).unwrap();
    let used = fast.taken(None, BucketPhase::Idle, 100_000, now);
    let slow = RateLimit::new(10, 0.001).unwrap();
    let verdict = slow.judge(Some(used), now);
    let one_interval = Verdict::Empty {
        retry_after_ms: 1_000_000,
    };
    assert_eq!(verdict, one_interval);
}

fn waits(limit: RateLimit, bucket: Option<Bucket>, now: Timestamp) -> bool {
    matches!(limit.judge(bucket, now), Verdict::Empty { .. })
}

fn limits() -> impl Strategy<Value = RateLimit> {
    (1u32..40, 0.05f64..500.0).prop_map(|(c, r)| RateLimit::new(c, r).unwrap())
}

fn arrivals() -> impl Strategy<Value = Vec<i64>> {
    prop::collection::vec(0i64..400, 1..300).prop_map(|gaps| {
        gaps.iter()
            .scan(1_000_000, |at, gap| {
                *at += gap;
                Some(*at)
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn no_window_admits_more_than_capacity_plus_refill(limit in limits(), at in arrivals()) {
        let admitted = admitted(limit, &at);
        for (i, start) in admitted.iter().enumerate() {
            for (j, end) in admitted.iter().enumerate().skip(i) {
                let refilled = (end - start) as f64 / 1000.0 * limit.refill_per_second();
                let allowed = f64::from(limit.capacity_tokens()) + refilled + 1e-6;
                prop_assert!((j - i + 1) as f64 <= allowed);
            }
        }
    }

    #[test]
    fn changing_the_rate_back_and_forth_admits_no_more_than_the_faster_one(
        capacity in 1u32..40, slow in 0.05f64..5.0, fast in 5.0f64..500.0, at in arrivals(),
    ) {
        let refill = fast;
        let [slow, fast] = [slow, fast].map(|refill| RateLimit::new(capacity, refill).unwrap());
        let mut bucket = None;
        let mut admitted = Vec::new();
        for (n, &at) in at.iter().enumerate() {
            let limit = if n % 3 == 0 { slow } else { fast };
            let now = Timestamp::from_millis(at);
            if let Verdict::Take { phase, .. } = limit.judge(bucket, now) {
                bucket = Some(limit.taken(bucket, phase, 1, now));
                admitted.push(at);
            }
        }
        for (i, start) in admitted.iter().enumerate() {
            for (j, end) in admitted.iter().enumerate().skip(i) {
                let allowed = f64::from(capacity) + (end - start) as f64 / 1000.0 * refill + 1e-6;
                prop_assert!((j - i + 1) as f64 <= allowed);
            }
        }
    }

    #[test]
    fn retry_after_is_exact(limit in limits(), at in arrivals()) {
        let mut bucket = None;
        for at in at {
            let now = Timestamp::from_millis(at);
            match limit.judge(bucket, now) {
                Verdict::Take { phase, .. } => {
                    bucket = Some(limit.taken(bucket, phase, 1, now));
                }
                Verdict::Empty { retry_after_ms } => {
                    prop_assert!(retry_after_ms > 0);
                    let then = now.plus_millis(retry_after_ms);
                    let earlier = now.plus_millis(retry_after_ms - 1);
                    prop_assert_eq!(waits(limit, bucket, then), false);
                    prop_assert_eq!(waits(limit, bucket, earlier), true);
                }
            }
        }
    }

    #[test]
    fn as_many_tokens_can_be_taken_as_are_available(limit in limits(), at in arrivals()) {
        let mut bucket = None;
        for at in at {
            let now = Timestamp::from_millis(at);
            let Verdict::Take { phase, available } = limit.judge(bucket, now) else {
                continue;
            };
            let all = limit.taken(bucket, phase, available, now);
            prop_assert!(waits(limit, Some(all), now));
            if available > 1 {
                let but_one = limit.taken(bucket, phase, available - 1, now);
                prop_assert!(!waits(limit, Some(but_one), now));
            }
            bucket = Some(limit.taken(bucket, phase, 1, now));
        }
    }

    #[test]
    fn a_bucket_left_alone_is_full_again(limit in limits(), at in arrivals()) {
        let rest_ms = limit.interval_us() * i64::from(limit.capacity_tokens()) / 1000 + 1;
        let later = at.last().unwrap() + rest_ms;
        let mut all = at.clone();
        all.extend(vec![later; limit.capacity_tokens() as usize + 5]);
        let burst = admitted(limit, &all).iter().filter(|at| **at == later).count();
        prop_assert_eq!(burst, limit.capacity_tokens() as usize);
    }
}
