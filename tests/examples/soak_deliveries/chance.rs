//! Pseudo-random decisions from a seed: the same question always gets the same answer. It does not know what the questions
//! are about.

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014), applied to the parts of a
/// question.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chance {
    seed: u64,
}

/// The decision to make.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Question {
    /// Whether, and then how, a receiver fails at the request with that number.
    Fails { receiver: u64, request: u64 },
    /// Whether, and then where, an invocation is killed.
    IsKilled { invocation: u64 },
    /// Whether the message that follows an event is lost.
    IsLost { event: u64 },
}

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// Whether it happens, with that probability in percent; if so, with a random number for the details.
    pub(crate) fn happens(self, question: Question, percent: u64) -> Option<u64> {
        let drawn = self.draw(question);
        (drawn % 100 < percent).then_some(drawn / 100)
    }

    fn draw(self, question: Question) -> u64 {
        let parts = match question {
            Question::Fails { receiver, request } => [1, receiver, request],
            Question::IsKilled { invocation } => [2, invocation, 0],
            Question::IsLost { event } => [3, event, 0],
        };
        parts
            .into_iter()
            .fold(mixed(self.seed), |drawn, part| mixed(drawn ^ part))
    }
}

fn mixed(state: u64) -> u64 {
    let mut mixed = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
