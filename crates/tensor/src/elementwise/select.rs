//! The choice between two operands by truth values.

use std::hint::select_unpredictable;
use std::iter::repeat;

use super::binary::joint_shape;
use super::compare::Operand;
use super::drive::{Write, drive};
use super::rows::{Row, Rows, RowsMut};
use super::stage::Scratch;
use crate::layout::{Layout, Tiles};
use crate::parallel::PIECE;
use crate::simd::{Kernel, dispatch};
use crate::{Element, Tensor};

/// y ← a where the condition holds, else b.
struct Select<'a, T> {
    condition: Rows<'a, bool>,
    a: Rows<'a, T>,
    b: Rows<'a, T>,
    y: RowsMut<'a, T>,
}

/// Both values are read before the choice: left to itself, the compiler chooses between their addresses and gathers,
/// which is four times slower.
#[inline(always)]
fn choose<'a, T: Element>(
    y: &mut [T],
    condition: &[bool],
    a: impl Iterator<Item = &'a T>,
    b: impl Iterator<Item = &'a T>,
) {
    for (y, (&condition, (&a, &b))) in y.iter_mut().zip(condition.iter().zip(a.zip(b))) {
        *y = select_unpredictable(condition, a, b);
    }
}

impl<T: Element> Kernel for Select<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { condition, a, b, mut y } = self;
        let columns = y.columns;
        for r in 0..y.rows {
            let y = y.row(r);
            let (a, b) = (a.row(r, columns), b.row(r, columns));
            match (condition.row(r, columns), a, b) {
                (Row::Dense(condition), Row::Dense(a), Row::Dense(b)) => {
                    choose(y, condition, a.iter(), b.iter());
                }
                (Row::Dense(condition), Row::Dense(a), Row::Repeated(b)) => {
                    choose(y, condition, a.iter(), repeat(&b));
                }
                (Row::Dense(condition), Row::Repeated(a), Row::Dense(b)) => {
                    choose(y, condition, repeat(&a), b.iter());
                }
                (Row::Dense(condition), Row::Repeated(a), Row::Repeated(b)) => {
                    choose(y, condition, repeat(&a), repeat(&b));
                }
                (Row::Repeated(condition), a, b) => match if condition { a } else { b } {
                    Row::Dense(chosen) => y.copy_from_slice(chosen),
                    Row::Repeated(chosen) => y.fill(chosen),
                },
            }
        }
    }
}

impl Tensor<bool> {
    /// `a` where an element is true, `b` where it is false (PyTorch's and NumPy's `where`), all three broadcast;
    /// `a` and `b` are tensors or numbers. What is not chosen does not matter, NaN neither.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// let x = Tensor::<f64>::vector(&[4.0, -1.0]);
    /// let roots = x.greater_equal(0.0).where_(&x.sqrt(), 0.0);
    /// assert_eq!(roots.to_vec(), [2.0, 0.0]);
    /// ```
    ///
    /// # Panics
    /// When the shapes do not broadcast.
    #[track_caller]
    pub fn where_<'a, T: Element>(
        &self,
        a: impl Into<Operand<'a, T>>,
        b: impl Into<Operand<'a, T>>,
    ) -> Tensor<T> {
        let (a, b) = (a.into(), b.into());
        let (condition, a, b) = (self.source(), a.source(), b.source());
        let branches = joint_shape("where", a.layout.shape, b.layout.shape);
        let shape = joint_shape("where", condition.layout.shape, branches);
        let layout = Layout::contiguous(shape);
        let sources = [condition.layout, a.layout, b.layout];
        if shape.len() <= PIECE && sources.iter().all(|from| from.is_contiguous() && from.shape == shape) {
            let condition = Rows::one(&condition.elements[condition.layout.offset..], false);
            let [a, b] = [a, b].map(|from| Rows::one(&from.elements[from.layout.offset..], false));
            return Tensor::build_as(&layout, |y| dispatch(Select { condition, a, b, y: RowsMut::one(y) }));
        }
        let [lc, la, lb] = sources.map(|layout| layout.broadcast_to(shape));
        Tensor::build_as(&layout, |y| {
            let tiles = Tiles::new([&layout, &lc, &la, &lb]);
            // SAFETY: the tiles are those of a contiguous layout of `y`.
            unsafe {
                drive(&tiles, y, Write::Fresh, &|tile, y| {
                    let (mut sc, mut sa, mut sb) = (Scratch::new(), Scratch::new(), Scratch::new());
                    let condition = tile.rows(1, condition.elements, &mut sc);
                    let a = tile.rows(2, a.elements, &mut sa);
                    let b = tile.rows(3, b.elements, &mut sb);
                    dispatch(Select { condition, a, b, y });
                });
            }
        })
    }
}

impl<T: Element> Tensor<T> {
    /// `value` where the mask is true, the own element elsewhere; both broadcast.
    ///
    /// # Panics
    /// When the shapes do not broadcast.
    #[track_caller]
    pub fn masked_fill(&self, mask: &Tensor<bool>, value: T) -> Self {
        mask.where_(value, self)
    }
}
