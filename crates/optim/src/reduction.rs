//! Sums over up to three vectors in one pass, and norms of any size.

use gradus_tensor::simd::{self, Kernel};
use gradus_tensor::{Real, vector};

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

/// max |xᵢ|; NaN elements do not count.
pub(crate) fn largest<T: Real>(x: &[T]) -> f64 {
    x.iter().fold(T::zero(), |largest, x| largest.maximum(x.abs())).to_f64()
}

/// ‖x‖², where it can be trusted: neither overflown in `T` nor so small that squares were lost.
fn plain_squared_norm<T: Real>(x: &[T]) -> Option<f64> {
    let squares = vector::squared_norm(x);
    let least = T::one() / (T::max_value() * T::EPSILON);
    (squares.is_finite() && squares >= least).then(|| squares.to_f64())
}

/// ‖x‖ of any finite vector: squares that `T` does not hold are formed relative to the largest element.
pub(crate) fn norm<T: Real>(x: &[T]) -> f64 {
    plain_squared_norm(x).map_or_else(
        || {
            let largest = largest(x);
            let share = |x: &T| x.to_f64() / largest;
            if largest > 0.0 {
                largest * x.iter().map(|x| share(x) * share(x)).sum::<f64>().sqrt()
            } else {
                0.0
            }
        },
        f64::sqrt,
    )
}

/// ‖x‖² of any finite vector; infinite only where f64 is too small for it.
pub(crate) fn squared_norm<T: Real>(x: &[T]) -> f64 {
    plain_squared_norm(x).unwrap_or_else(|| norm(x).powi(2))
}

/// ⟨a, b⟩, also where sums in `T` overflow.
pub(crate) fn dot<T: Real>(a: &[T], b: &[T]) -> f64 {
    let quick = vector::dot(a, b);
    if quick.is_finite() {
        return quick.to_f64();
    }
    a.iter().zip(b).map(|(a, b)| a.to_f64() * b.to_f64()).sum()
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
