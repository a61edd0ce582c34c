//! The fused backward kernel of unary ops: `gx += slope · gy`.

use super::rows::Target;
use crate::ops::UnaryOp;
use crate::parallel::{PIECE, for_each_piece_if_it_pays};
use crate::simd::{Kernel, dispatch};
use crate::{Real, Tensor};

/// gx ← slope(x, y)·gy, or gx += slope(x, y)·gy, on slices.
struct Slope<'a, T, O> {
    op: O,
    x: &'a [T],
    y: &'a [T],
    gy: &'a [T],
    gx: &'a mut [T],
    accumulate: bool,
}

impl<T: Real, O: UnaryOp> Kernel for Slope<'_, T, O> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let operands = self.gx.iter_mut().zip(self.x).zip(self.y).zip(self.gy);
        if self.accumulate {
            for (((gx, &x), &y), &gy) in operands {
                *gx += self.op.slope(x, y) * gy;
            }
        } else {
            for (((gx, &x), &y), &gy) in operands {
                *gx = self.op.slope(x, y) * gy;
            }
        }
    }
}

/// The backward kernel of a unary op: `slope(x, y)·gy`, added to `gx` if there is one. All operands have the
/// shape of `x`.
///
/// # Panics
/// When a shape differs.
#[track_caller]
pub fn unary_backward<T: Real, O: UnaryOp>(
    op: O,
    x: &Tensor<T>,
    y: &Tensor<T>,
    gy: &Tensor<T>,
    gx: Option<Tensor<T>>,
) -> Tensor<T> {
    let shape = x.shape();
    for operand in [y, gy].into_iter().chain(gx.as_ref()) {
        assert!(operand.shape() == shape, "{}: backward of {shape} got {}", O::NAME, operand.shape());
    }
    let accumulate = gx.is_some();
    let mut gx = gx.unwrap_or_else(|| Tensor::build(shape, |_| {}));
    let (x, y, gy) = (x.dense(), y.dense(), gy.dense());
    let [x, y, gy] = [&x, &y, &gy].map(|operand| &**operand);
    let target = gx.make_mut();
    let target = Target::new(target);
    for_each_piece_if_it_pays(target.len().div_ceil(PIECE), &|piece| {
        let part = piece * PIECE..((piece + 1) * PIECE).min(target.len());
        // SAFETY: pieces are disjoint.
        let gx = unsafe { target.part(part.start, part.len()) };
        let (x, y, gy) = (&x[part.clone()], &y[part.clone()], &gy[part]);
        dispatch(Slope { op, x, y, gy, gx, accumulate });
    });
    gx
}
