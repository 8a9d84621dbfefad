//! One form for equivalent states: workers in order, and epochs by rank.

use crate::processes::{Late, Worker};
use crate::state::State;

impl State {
    pub(crate) fn into_canonical(mut self) -> Self {
        let mut known: Vec<u8> = Vec::with_capacity(8);
        self.each_epoch(|epoch| known.push(*epoch));
        known.sort_unstable();
        known.dedup();
        self.each_epoch(|epoch| {
            let rank = known.iter().position(|one| one == epoch);
            *epoch = rank.and_then(|rank| u8::try_from(rank).ok()).unwrap_or(0);
        });
        self.workers.sort_unstable();
        self
    }

    fn each_epoch(&mut self, mut visit: impl FnMut(&mut u8)) {
        if let Some(record) = &mut self.record {
            visit(&mut record.epoch);
        }
        for child in self.slots.iter_mut().flatten() {
            visit(&mut child.epoch);
        }
        for worker in &mut self.workers {
            match worker {
                Worker::Looking { seen, .. } => visit(&mut seen.epoch),
                Worker::Working(owned) => visit(&mut owned.epoch),
                Worker::Saving { save, .. } => visit(&mut save.owned.epoch),
                Worker::Idle | Worker::Claiming { .. } => {}
            }
        }
        match &mut self.late {
            Some(Late::Child { child, .. }) => visit(&mut child.epoch),
            Some(Late::Checkpoint(save)) => visit(&mut save.owned.epoch),
            Some(Late::FreshClaim) | None => {}
        }
    }
}
