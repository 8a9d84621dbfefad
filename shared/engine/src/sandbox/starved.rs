//! An evaluation whose thread gets no CPU time.

use super::*;

/// The clock is that of this thread, which only waits.
#[test]
fn an_evaluation_whose_thread_gets_no_cpu_time_is_starved_and_not_at_fault() {
    let sandbox = Sandbox::with_time_limit(Duration::from_millis(2));
    let clock = ThreadClock::of_this_thread();
    let Some(began) = clock.cpu_time() else {
        return;
    };
    let (_asked, answer) = sync_channel::<Answer>(1);
    // Forty polls of this thread take some CPU time themselves: far less than its limit from so late on.
    let began = began + Duration::from_secs(10);
    let waited = sandbox.wait(&answer, &clock, Some(began));
    assert_eq!(waited.err(), Some(StuckCause::Starved));
    let died = {
        let (asked, answer) = sync_channel::<Answer>(1);
        drop(asked);
        sandbox.wait(&answer, &clock, Some(began))
    };
    assert_eq!(died.err(), Some(StuckCause::CpuTime));
}
