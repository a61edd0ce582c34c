//! Sums over up to three vectors in one pass.

use gradus_tensor::Real;
use gradus_tensor::simd::{self, Kernel};

/// Lanes that are summed apart, so that the loop over them widens.
const LANES: usize = 64;

/// Elements per partial sum in `T`; partial sums are added in f64.
const BLOCK: usize = 64 * LANES;

/// What is summed: a function of one element of each vector. `at` must be `#[inline(always)]`.
pub(crate) trait Term<T>: Copy {
    fn at(self, elements: [T; 3]) -> T;
}

/// Σᵢ term(aᵢ, bᵢ, cᵢ), the same bits at every SIMD level.
///
/// # Panics
/// When the lengths differ.
#[track_caller]
pub(crate) fn sum<T: Real, F: Term<T>>(term: F, vectors: [&[T]; 3]) -> f64 {
    assert!(vectors.iter().all(|vector| vector.len() == vectors[0].len()), "sum: the lengths differ");
    (0..vectors[0].len()).step_by(BLOCK).fold(0.0, |sum, start| {
        let end = vectors[0].len().min(start + BLOCK);
        sum + simd::dispatch(Block { term, vectors: vectors.map(|vector| &vector[start..end]) }).to_f64()
    })
}

struct Block<'a, T, F> {
    term: F,
    vectors: [&'a [T]; 3],
}

impl<T: Real, F: Term<T>> Kernel for Block<'_, T, F> {
    type Output = T;

    #[inline(always)]
    fn run(self) -> T {
        let [(a, a_rest), (b, b_rest), (c, c_rest)] = self.vectors.map(|vector| vector.as_chunks::<LANES>());
        let mut lanes = [T::zero(); LANES];
        for ((a, b), c) in a.iter().zip(b).zip(c) {
            for lane in 0..LANES {
                lanes[lane] += self.term.at([a[lane], b[lane], c[lane]]);
            }
        }
        for (lane, ((&a, &b), &c)) in lanes.iter_mut().zip(a_rest.iter().zip(b_rest).zip(c_rest)) {
            *lane += self.term.at([a, b, c]);
        }
        lanes.into_iter().fold(T::zero(), |sum, lane| sum + lane)
    }
}
