//! The one loop of the crate: gradient, state and parameters pass through the processor once per step.

use std::sync::{Mutex, PoisonError};

use gradus_tensor::simd::{Kernel, dispatch};
use gradus_tensor::{Real, for_each_piece};

use crate::common::Adjustment;

/// Coordinates per block. The loop over its lanes is the one that LLVM widens. At 16 it was unrolled first and
/// the loop over the blocks widened instead, with gathers: SGD in `f32` with AVX-512 took 1.2 ns per coordinate,
/// at 64 it takes 0.1.
const BLOCK: usize = 64;

/// Coordinates per piece that a thread takes: some 5 µs of work.
const PIECE: usize = 16 << 10;

/// Bytes read and written from which on a pass is shared by threads.
const SHARED_BYTES: usize = 2 << 20;

/// What a rule does to one coordinate, whose state is one element of each of the first `K` slots that have one
/// element per coordinate.
///
/// `apply` must be `#[inline(always)]`, and so must all it calls: it is compiled once per SIMD level. It is
/// written with plain `a * b + c`, never `mul_add`, so that every level computes the same bits, and with
/// selections instead of branches.
pub trait CoordinateUpdate<T: Real, const K: usize>: Copy + Send + Sync {
    /// The new state, the effective step and the direction, from the gradient, the coordinate of the point, and
    /// the state. `maximize` and weight decay are in the gradient and in the point already.
    fn apply(self, gradient: T, point: T, state: [T; K]) -> Coordinate<T, K>;
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

/// What surrounds the update of a coordinate.
pub(crate) trait Frame<T: Real>: Copy + Send + Sync {
    /// The gradient that the rule sees.
    fn gradient(self, gradient: T, target: T) -> T;
    /// The point that the rule sees.
    fn point(self, target: T) -> T;
    /// The new value of the target.
    fn outcome(self, target: T, point: T, effective_step: T, direction: T) -> T;
}

/// A step without weight decay.
#[derive(Clone, Copy)]
pub(crate) struct Plain;

impl<T: Real> Frame<T> for Plain {
    #[inline(always)]
    fn gradient(self, gradient: T, _: T) -> T {
        gradient
    }
    #[inline(always)]
    fn point(self, target: T) -> T {
        target
    }
    #[inline(always)]
    fn outcome(self, _: T, point: T, effective_step: T, direction: T) -> T {
        point - effective_step * direction
    }
}

/// A step with any common settings.
impl<T: Real> Frame<T> for Adjustment<T> {
    #[inline(always)]
    fn gradient(self, gradient: T, target: T) -> T {
        Adjustment::gradient(self, gradient, target)
    }
    #[inline(always)]
    fn point(self, target: T) -> T {
        Adjustment::point(self, target)
    }
    #[inline(always)]
    fn outcome(self, _: T, point: T, effective_step: T, direction: T) -> T {
        point - effective_step * direction
    }
}

/// Only the state moves.
#[derive(Clone, Copy)]
pub(crate) struct Still<T>(pub(crate) Adjustment<T>);

impl<T: Real> Frame<T> for Still<T> {
    #[inline(always)]
    fn gradient(self, gradient: T, target: T) -> T {
        self.0.gradient(gradient, target)
    }
    #[inline(always)]
    fn point(self, target: T) -> T {
        target
    }
    #[inline(always)]
    fn outcome(self, target: T, _: T, _: T, _: T) -> T {
        target
    }
}

/// The target, which holds the point, becomes A·p.
#[derive(Clone, Copy)]
pub(crate) struct Displacement;

impl<T: Real> Frame<T> for Displacement {
    #[inline(always)]
    fn gradient(self, gradient: T, _: T) -> T {
        gradient
    }
    #[inline(always)]
    fn point(self, target: T) -> T {
        target
    }
    #[inline(always)]
    fn outcome(self, _: T, _: T, effective_step: T, direction: T) -> T {
        effective_step * direction
    }
}

/// A whole step. `J` is 2 when effective steps and directions are recorded, otherwise 0, and then the
/// compiled loop has no trace of recording.
pub(crate) struct Fused<'a, T, F, U, const K: usize, const J: usize> {
    pub(crate) frame: F,
    pub(crate) update: U,
    pub(crate) target: &'a mut [T],
    pub(crate) gradient: &'a [T],
    pub(crate) state: [&'a mut [T]; K],
    pub(crate) record: [&'a mut [T]; J],
}

impl<T, F, U, const K: usize, const J: usize> Kernel for Fused<'_, T, F, U, K, J>
where
    T: Real,
    F: Frame<T>,
    U: CoordinateUpdate<T, K>,
{
    type Output = ();

    #[inline(always)]
    fn run(self) {
        self.blocks::<BLOCK>().blocks::<1>();
    }
}

impl<T, F, U, const K: usize, const J: usize> Fused<'_, T, F, U, K, J>
where
    T: Real,
    F: Frame<T>,
    U: CoordinateUpdate<T, K>,
{
    /// Updates all coordinates, in pieces that threads share if there are many.
    pub(crate) fn everywhere(self) {
        let len = self.target.len();
        let slices = 3 + 2 * K + J;
        if len * slices * size_of::<T>() < SHARED_BYTES {
            return dispatch(self);
        }
        let rest = Mutex::new(Some(self));
        for_each_piece(len.div_ceil(PIECE), &|_| {
            let mut rest = rest.lock().unwrap_or_else(PoisonError::into_inner);
            let piece = rest.take().map(|all| {
                let (piece, others) = all.split();
                *rest = Some(others);
                piece
            });
            drop(rest);
            if let Some(piece) = piece {
                dispatch(piece);
            }
        });
    }

    /// The first piece, and what is left.
    fn split(self) -> (Self, Self) {
        let Self { frame, update, target, gradient, state, record } = self;
        let at = PIECE.min(target.len());
        let (target, target_rest) = target.split_at_mut(at);
        let (gradient, gradient_rest) = gradient.split_at(at);
        let (state, state_rest) = split_all(state, at);
        let (record, record_rest) = split_all(record, at);
        (
            Self { frame, update, target, gradient, state, record },
            Self {
                frame,
                update,
                target: target_rest,
                gradient: gradient_rest,
                state: state_rest,
                record: record_rest,
            },
        )
    }

    /// Updates as many blocks of `N` coordinates as there are; returns what is left.
    #[inline(always)]
    fn blocks<const N: usize>(self) -> Self {
        let Self { frame, update, target, gradient, state, record } = self;
        let (x, target) = target.as_chunks_mut::<N>();
        let (g, gradient) = gradient.as_chunks::<N>();
        let mut state = state.map(|slot| slot.as_chunks_mut::<N>());
        let mut record = record.map(|slot| slot.as_chunks_mut::<N>());
        for (i, (x, g)) in x.iter_mut().zip(g).enumerate() {
            // The operands are copied out of the slices and back: the compiler cannot know that the slices
            // behind an array of slots do not overlap, and would not widen a loop that works in place.
            let mut own_target = *x;
            let mut own = [[T::zero(); N]; K];
            for (own, slot) in own.iter_mut().zip(&state) {
                *own = slot.0[i];
            }
            let mut seen = [[T::zero(); N]; 2];
            for lane in 0..N {
                let before = own_target[lane];
                let (gradient, point) = (frame.gradient(g[lane], before), frame.point(before));
                let after = update.apply(gradient, point, std::array::from_fn(|slot| own[slot][lane]));
                for (own, after) in own.iter_mut().zip(after.state) {
                    own[lane] = after;
                }
                own_target[lane] = frame.outcome(before, point, after.effective_step, after.direction);
                seen[0][lane] = after.effective_step;
                seen[1][lane] = after.direction;
            }
            *x = own_target;
            for (slot, own) in state.iter_mut().zip(own) {
                slot.0[i] = own;
            }
            for (slot, seen) in record.iter_mut().zip(seen) {
                slot.0[i] = seen;
            }
        }
        Self {
            frame,
            update,
            target,
            gradient,
            state: state.map(|slot| slot.1),
            record: record.map(|slot| slot.1),
        }
    }
}

/// Every slice cut at the same place.
fn split_all<T, const N: usize>(slices: [&mut [T]; N], at: usize) -> ([&mut [T]; N], [&mut [T]; N]) {
    let mut rest = [(); N].map(|()| &mut [][..]);
    let mut rests = rest.iter_mut();
    let first = slices.map(|slice| {
        let (first, other) = slice.split_at_mut(at);
        if let Some(rest) = rests.next() {
            *rest = other;
        }
        first
    });
    (first, rest)
}
