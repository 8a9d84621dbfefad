//! Mutations of a text: what a fuzzer does to a corpus, as a strategy of proptest. In `cargo test` the mutations are the
//! same each time; with the environment variable `MUTATION_SECONDS` other ones are tried for so long.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// Mutated texts of each test in `cargo test`, and of each round otherwise: some seconds.
const CASES: u32 = 100;
/// A mutated text is cut here: a little more than the API takes.
const MAX_CHARS: usize = 1_100_000;

#[derive(Clone, Debug)]
pub(crate) enum Mutation {
    Insert {
        at: Index,
        token: &'static str,
    },
    Delete {
        at: Index,
        chars: usize,
    },
    Repeat {
        at: Index,
        chars: usize,
        times: usize,
    },
    Move {
        from: Index,
        chars: usize,
        to: Index,
    },
}

/// Tries mutated texts; panics with the text for which `check` fails.
pub(crate) fn try_mutations(
    mutations: &impl Strategy<Value = String>,
    check: impl Fn(String) -> Result<(), TestCaseError>,
) {
    let seconds = std::env::var("MUTATION_SECONDS").ok();
    let Some(seconds) = seconds else {
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        return run(TestRunner::new_with_rng(config(), rng), mutations, check);
    };
    let seconds = seconds.parse().expect("MUTATION_SECONDS is a number");
    let until = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < until {
        run(TestRunner::new(config()), mutations, &check);
    }
}

fn config() -> Config {
    Config {
        cases: CASES,
        failure_persistence: None,
        ..Config::default()
    }
}

fn run(
    mut runner: TestRunner,
    mutations: &impl Strategy<Value = String>,
    check: impl Fn(String) -> Result<(), TestCaseError>,
) {
    let tried = runner.run(mutations, check);
    tried.unwrap_or_else(|failed| panic!("{failed}"));
}

/// One of the seeds, after up to eight mutations with these tokens.
pub(crate) fn mutated(
    seeds: &'static [&'static str],
    tokens: &'static [&'static str],
) -> impl Strategy<Value = String> {
    let mutations = prop::collection::vec(mutation(tokens), 1..9);
    (prop::sample::select(seeds), mutations).prop_map(|(seed, mutations)| {
        let mut text: Vec<char> = seed.chars().collect();
        for mutation in &mutations {
            mutation.apply(&mut text);
            text.truncate(MAX_CHARS);
        }
        text.into_iter().collect()
    })
}

fn mutation(tokens: &'static [&'static str]) -> impl Strategy<Value = Mutation> {
    let at = || any::<Index>();
    prop_oneof![
        4 => (at(), prop::sample::select(tokens))
            .prop_map(|(at, token)| Mutation::Insert { at, token }),
        2 => (at(), 1..40_usize).prop_map(|(at, chars)| Mutation::Delete { at, chars }),
        3 => (at(), 1..60_usize, prop_oneof![2..30_usize, 1_000..30_000_usize])
            .prop_map(|(at, chars, times)| Mutation::Repeat { at, chars, times }),
        2 => (at(), 1..200_usize, at())
            .prop_map(|(from, chars, to)| Mutation::Move { from, chars, to }),
    ]
}

impl Mutation {
    fn apply(&self, text: &mut Vec<char>) {
        let length = text.len();
        match self {
            Self::Insert { at, token } => {
                let at = at.index(length + 1);
                text.splice(at..at, token.chars());
            }
            Self::Delete { at, chars } => {
                let at = at.index(length + 1);
                text.drain(at..length.min(at + chars));
            }
            Self::Repeat { at, chars, times } => {
                let at = at.index(length + 1);
                let part = text[at..length.min(at + chars)].to_vec();
                let room = MAX_CHARS.saturating_sub(length) / part.len().max(1);
                let copies = part.repeat((*times).min(room));
                text.splice(at..at, copies);
            }
            Self::Move { from, chars, to } => {
                let from = from.index(length + 1);
                let part: Vec<char> = text.drain(from..length.min(from + chars)).collect();
                let to = to.index(text.len() + 1);
                text.splice(to..to, part);
            }
        }
    }
}
