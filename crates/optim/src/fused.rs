//! The one loop of the crate: gradient, state and parameters pass through the processor once per step.

use gradus_tensor::Real;
use gradus_tensor::simd::Kernel;

/// Coordinates per block. The loop over its lanes is the one that LLVM widens. At 16 it was unrolled first and
/// the loop over the blocks widened instead, with gathers: SGD in `f32` with AVX-512 took 1.2 ns per coordinate,
/// at 64 it takes 0.1.
const BLOCK: usize = 64;

/// What a rule does to one coordinate, whose state is one element of each of the first `K` slots.
///
/// `apply` must be `#[inline(always)]`, and so must all it calls: it is compiled once per SIMD level. It is
/// written with plain `a * b + c`, never `mul_add`, so that every level computes the same bits, and with
/// selections instead of branches.
pub trait CoordinateUpdate<T: Real, const K: usize>: Copy + Send + Sync {
    /// The new state, the effective step and the direction.
    fn apply(self, gradient: T, state: [T; K]) -> Coordinate<T, K>;
}

/// What one step does to one coordinate: x ← x − `effective_step`·`direction`.
#[derive(Clone, Copy, Debug)]
pub struct Coordinate<T, const K: usize> {
    /// The new state.
    pub state: [T; K],
    /// The entry of the diagonal matrix A; it contains the learning rate.
    pub effective_step: T,
    /// The entry of the direction p.
    pub direction: T,
}

/// A whole step. `J` is 2 when effective steps and directions are recorded, otherwise 0, and then the
/// compiled loop has no trace of recording.
pub(crate) struct Fused<'a, T, U, const K: usize, const J: usize> {
    pub(crate) update: U,
    pub(crate) parameters: &'a mut [T],
    pub(crate) gradient: &'a [T],
    pub(crate) state: [&'a mut [T]; K],
    pub(crate) record: [&'a mut [T]; J],
}

impl<T: Real, U: CoordinateUpdate<T, K>, const K: usize, const J: usize> Kernel for Fused<'_, T, U, K, J> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        self.blocks::<BLOCK>().blocks::<1>();
    }
}

impl<T: Real, U: CoordinateUpdate<T, K>, const K: usize, const J: usize> Fused<'_, T, U, K, J> {
    /// Updates as many blocks of `N` coordinates as there are; returns what is left.
    #[inline(always)]
    fn blocks<const N: usize>(self) -> Self {
        let Self { update, parameters, gradient, state, record } = self;
        let (x, parameters) = parameters.as_chunks_mut::<N>();
        let (g, gradient) = gradient.as_chunks::<N>();
        let mut state = state.map(|slot| slot.as_chunks_mut::<N>());
        let mut record = record.map(|slot| slot.as_chunks_mut::<N>());
        for (i, (x, g)) in x.iter_mut().zip(g).enumerate() {
            // The operands are copied out of the slices and back: the compiler cannot know that the slices
            // behind an array of slots do not overlap, and would not widen a loop that works in place.
            let mut point = *x;
            let mut own = [[T::zero(); N]; K];
            for (own, slot) in own.iter_mut().zip(&state) {
                *own = slot.0[i];
            }
            let mut seen = [[T::zero(); N]; 2];
            for lane in 0..N {
                let after = update.apply(g[lane], std::array::from_fn(|slot| own[slot][lane]));
                for (own, after) in own.iter_mut().zip(after.state) {
                    own[lane] = after;
                }
                point[lane] -= after.effective_step * after.direction;
                seen[0][lane] = after.effective_step;
                seen[1][lane] = after.direction;
            }
            *x = point;
            for (slot, own) in state.iter_mut().zip(own) {
                slot.0[i] = own;
            }
            for (slot, seen) in record.iter_mut().zip(seen) {
                slot.0[i] = seen;
            }
        }
        Self {
            update,
            parameters,
            gradient,
            state: state.map(|slot| slot.1),
            record: record.map(|slot| slot.1),
        }
    }
}
