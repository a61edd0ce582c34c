//! Median times.

use std::time::Instant;

/// Share of the budget that goes into warming up.
const WARM_UP: f64 = 0.15;

/// Seconds that one sample lasts at least: thousands of ticks of the clock.
const SAMPLE: f64 = 1e-3;

/// Median seconds per call over samples of at least a millisecond, three or more, within a budget of seconds.
pub(crate) fn median_seconds(budget: f64, mut call: impl FnMut()) -> f64 {
    let mut best = time(1, &mut call);
    let warm_up = Instant::now();
    while warm_up.elapsed().as_secs_f64() < budget * WARM_UP {
        best = best.min(time(1, &mut call));
    }
    let calls = ((SAMPLE / best.max(1e-9)).ceil() as usize).clamp(1, 1_000_000);
    let mut samples = Vec::new();
    let start = Instant::now();
    while samples.len() < 3 || start.elapsed().as_secs_f64() < budget {
        samples.push(time(calls, &mut call));
    }
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}

/// Seconds per call.
fn time(calls: usize, call: &mut impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..calls {
        call();
    }
    start.elapsed().as_secs_f64() / calls as f64
}
