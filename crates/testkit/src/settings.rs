//! The settings under which a kernel must give the same result: every SIMD level of this processor, one
//! thread and two.

use std::fmt;
use std::sync::{LazyLock, Mutex, PoisonError};

use gradus_tensor::simd::{self, Level};
use gradus_tensor::{Real, Tensor};
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::compare::assert_same_bits;

/// A SIMD level and a number of threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The SIMD level.
    pub level: Level,
    /// The number of threads.
    pub threads: usize,
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} with {} thread(s)", self.level, self.threads)
    }
}

/// The numbers of threads that are compared.
pub const THREADS: [usize; 2] = [1, 2];

/// The active level is one per process; without the lock, tests in parallel would switch it for one another.
static LEVEL_IN_USE: Mutex<()> = Mutex::new(());

static POOLS: LazyLock<[ThreadPool; 2]> = LazyLock::new(|| {
    THREADS.map(|threads| ThreadPoolBuilder::new().num_threads(threads).build().expect("a thread pool"))
});

/// Runs `check` once per available SIMD level and number of threads, inside a pool of that size, and then
/// leaves the best level active. Not to be called inside `check`: it would wait for itself.
///
/// # Panics
/// When a pool cannot be made, or `check` panics.
pub fn for_each_setting(check: impl Fn(Setting) + Sync) {
    visit(&check);
}

/// Not generic: the machinery of a thread pool would be compiled once per test.
fn visit(check: &(dyn Fn(Setting) + Sync)) {
    let _lock = LEVEL_IN_USE.lock().unwrap_or_else(PoisonError::into_inner);
    for (threads, pool) in THREADS.into_iter().zip(&*POOLS) {
        for level in Level::available() {
            simd::set_active(level).expect("an available level");
            pool.install(|| check(Setting { level, threads }));
        }
    }
}

/// The results of `compute` under every setting.
///
/// # Panics
/// When a pool cannot be made, or `compute` panics.
pub fn under_each_setting<R: Send>(compute: impl Fn() -> R + Sync) -> Vec<(Setting, R)> {
    let results = Mutex::new(Vec::new());
    for_each_setting(|setting| {
        let result = compute();
        results.lock().unwrap_or_else(PoisonError::into_inner).push((setting, result));
    });
    results.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// The one result of `compute` under every setting.
///
/// # Panics
/// When two settings give different bits.
#[track_caller]
pub fn same_under_each_setting<T: Real>(
    context: impl fmt::Display,
    compute: impl Fn() -> Tensor<T> + Sync,
) -> Tensor<T> {
    let mut results = under_each_setting(compute);
    let (first, expected) = results.swap_remove(0);
    for (setting, found) in results {
        assert_same_bits(&found, &expected, format_args!("{context}: {setting} against {first}"));
    }
    expected
}

/// The results of `compute`, one per SIMD level: for what matrix products are a part of, whose bits differ
/// between levels.
///
/// # Panics
/// When one thread and two give different bits.
#[track_caller]
pub fn per_level<T: Real>(
    context: impl fmt::Display,
    compute: impl Fn() -> Tensor<T> + Sync,
) -> Vec<(Level, Tensor<T>)> {
    let mut results: Vec<(Level, Tensor<T>)> = Vec::new();
    for (setting, found) in under_each_setting(compute) {
        match results.iter().find(|(level, _)| *level == setting.level) {
            Some((_, expected)) => assert_same_bits(&found, expected, format_args!("{context}: {setting}")),
            None => results.push((setting.level, found)),
        }
    }
    results
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_and_thread_count_is_visited_and_active() {
        let seen = under_each_setting(|| (simd::active(), rayon::current_num_threads()));
        assert_eq!(seen.len(), THREADS.len() * Level::available().count());
        for (setting, (level, threads)) in seen {
            assert_eq!((setting.level, setting.threads), (level, threads));
        }
    }
}
