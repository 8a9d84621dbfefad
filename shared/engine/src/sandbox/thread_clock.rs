//! The CPU time of one thread, as another thread can read it: the first number of `schedstat` in Linux' `/proc`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where the CPU time of a thread is found; nothing where the system does not show it.
pub(super) struct ThreadClock {
    schedstat: Option<PathBuf>,
}

impl ThreadClock {
    pub(super) fn of_this_thread() -> Self {
        let thread = fs::read_link("/proc/thread-self").ok();
        Self {
            schedstat: thread.map(|thread| Path::new("/proc").join(thread).join("schedstat")),
        }
    }

    /// The CPU time that the thread has had so far.
    pub(super) fn cpu_time(&self) -> Option<Duration> {
        let text = fs::read_to_string(self.schedstat.as_ref()?).ok()?;
        let nanoseconds = text.split_ascii_whitespace().next()?.parse().ok()?;
        Some(Duration::from_nanos(nanoseconds))
    }
}

#[cfg(test)]
mod tests {
    use super::ThreadClock;
    use std::time::{Duration, Instant};

    #[test]
    fn sleeping_takes_no_cpu_time_and_calculating_does() {
        let clock = ThreadClock::of_this_thread();
        let Some(began) = clock.cpu_time() else {
            return;
        };
        std::thread::sleep(Duration::from_millis(50));
        let slept = clock.cpu_time().unwrap() - began;
        assert!(slept < Duration::from_millis(40), "{slept:?}");
        let until = Instant::now() + Duration::from_secs(20);
        let mut total = 0_u64;
        while clock.cpu_time().unwrap() - began < Duration::from_millis(20) {
            assert!(Instant::now() < until);
            total = std::hint::black_box(total.wrapping_add(1));
        }
    }
}
