//! The one place where a SIMD level is chosen: kernels are plain loops, compiled once per level.
//!
//! A [`Kernel`] is a struct of its operands whose `run` is `#[inline(always)]`; [`dispatch`] calls it through
//! a function that has the target features of the level switched on, and LLVM widens the loop. Kernels use
//! no fused multiply-add and fix the number of their accumulators, so every level computes the same bits.
//!
//! The environment variable `GRADUS_SIMD=baseline|avx2|avx512` caps the level. A level that the processor
//! lacks is an error, never a silent fallback: a test of one level cannot pass by testing another.

use std::env::VarError;
use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};

/// A piece of work compiled once per SIMD level. `run` must be `#[inline(always)]`, and so must all it calls.
pub trait Kernel {
    /// What the work returns.
    type Output;
    /// Does the work.
    fn run(self) -> Self::Output;
}

/// A SIMD instruction set level, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Level {
    /// What the target has without detection: SSE2 on x86-64, NEON on AArch64.
    Baseline = 1,
    /// AVX2 and FMA (x86-64-v3).
    Avx2 = 2,
    /// AVX-512 F, VL, DQ, BW (x86-64-v4).
    Avx512 = 3,
}

/// Why a SIMD level cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SimdError {
    /// `GRADUS_SIMD` holds something else than a level.
    UnknownLevel(String),
    /// The level exists, but not on this processor.
    Unavailable {
        /// The level asked for.
        asked: Level,
        /// The best level the processor has.
        best: Level,
    },
}

impl fmt::Display for SimdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownLevel(name) => {
                write!(f, "GRADUS_SIMD={name:?} is not a SIMD level; use baseline, avx2 or avx512")
            }
            Self::Unavailable { asked, best } => {
                write!(f, "SIMD level {asked:?} is not available on this processor, which has up to {best:?}")
            }
        }
    }
}

impl std::error::Error for SimdError {}

impl Level {
    /// The levels this processor has, lowest first.
    pub fn available() -> impl Iterator<Item = Level> {
        let best = Level::detect();
        [Level::Baseline, Level::Avx2, Level::Avx512].into_iter().filter(move |&level| level <= best)
    }

    /// The best level this processor has.
    pub fn detect() -> Level {
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                let wide = is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512bw");
                return if wide { Level::Avx512 } else { Level::Avx2 };
            }
        }
        Level::Baseline
    }

    /// The level that `GRADUS_SIMD` asks for, or the best one when it is not set.
    ///
    /// # Errors
    /// When the variable is not a level, or the processor lacks it.
    pub fn from_environment() -> Result<Level, SimdError> {
        match std::env::var("GRADUS_SIMD") {
            Err(VarError::NotPresent) => Ok(Level::detect()),
            Err(VarError::NotUnicode(name)) => {
                Err(SimdError::UnknownLevel(name.to_string_lossy().into_owned()))
            }
            Ok(name) => match name.as_str() {
                "baseline" => Level::Baseline.require(),
                "avx2" => Level::Avx2.require(),
                "avx512" => Level::Avx512.require(),
                _ => Err(SimdError::UnknownLevel(name)),
            },
        }
    }

    fn require(self) -> Result<Level, SimdError> {
        let best = Level::detect();
        if self <= best { Ok(self) } else { Err(SimdError::Unavailable { asked: self, best }) }
    }
}

/// The level in use; 0 until the first kernel runs.
static ACTIVE: AtomicU8 = AtomicU8::new(0);

/// The level that [`dispatch`] uses.
///
/// # Panics
/// At the first call, if `GRADUS_SIMD` is wrong; programs that want an error ask
/// [`Level::from_environment`] first.
#[inline]
pub fn active() -> Level {
    match ACTIVE.load(Ordering::Relaxed) {
        3 => Level::Avx512,
        2 => Level::Avx2,
        1 => Level::Baseline,
        _ => choose(),
    }
}

#[cold]
fn choose() -> Level {
    let level = Level::from_environment().unwrap_or_else(|error| panic!("{error}"));
    ACTIVE.store(level as u8, Ordering::Relaxed);
    level
}

/// Makes the whole process use `level` from now on: for tests and benches that compare levels.
///
/// # Errors
/// When the processor lacks the level; then nothing changes.
pub fn set_active(level: Level) -> Result<(), SimdError> {
    let level = level.require()?;
    ACTIVE.store(level as u8, Ordering::Relaxed);
    Ok(())
}

/// Runs a kernel at the active level.
#[inline]
pub fn dispatch<K: Kernel>(kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    {
        // A function of its own as the others are: inlined, it would be compiled again at every call.
        #[inline(never)]
        fn baseline<K: Kernel>(kernel: K) -> K::Output {
            kernel.run()
        }
        #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma")]
        fn avx512<K: Kernel>(kernel: K) -> K::Output {
            kernel.run()
        }
        #[target_feature(enable = "avx2,fma")]
        fn avx2<K: Kernel>(kernel: K) -> K::Output {
            kernel.run()
        }
        match active() {
            // SAFETY: `ACTIVE` holds a level only after `Level::require` or `Level::detect` found all of
            // its features on this processor.
            Level::Avx512 => unsafe { avx512(kernel) },
            // SAFETY: as above.
            Level::Avx2 => unsafe { avx2(kernel) },
            Level::Baseline => baseline(kernel),
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    kernel.run()
}
