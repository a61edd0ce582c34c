//! Copies between layouts: what joins, pads and tiles tensors.

use crate::elementwise::copy;
use crate::layout::Layout;
use crate::parallel::Rows;
use crate::{Element, Shape, Tensor};

impl<T: Element> Tensor<T> {
    /// Copies this tensor into `piece`, the row-major part `rows` of an array of the given shape in which the first
    /// element of this tensor stands at `origin`; what falls outside the piece is left out.
    pub(crate) fn place(&self, origin: &[usize], shape: Shape, rows: Option<Rows>, piece: &mut [T]) {
        let (mut from, mut to) = (*self.layout(), Layout::contiguous(shape));
        if let Some(Rows { axis, start, len }) = rows {
            to = Layout::contiguous(shape.with(axis, len));
            let low = origin[axis].max(start);
            let high = (origin[axis] + from.shape[axis]).min(start + len);
            if low >= high {
                return;
            }
            from = from.narrow(axis, low - origin[axis], high - low);
            to = to.narrow(axis, low - start, high - low);
        }
        for axis in (0..shape.rank()).filter(|&axis| rows.is_none_or(|rows| rows.axis != axis)) {
            to = to.narrow(axis, origin[axis], from.shape[axis]);
        }
        copy(&self.buffer, &from, piece, &to);
    }
}
