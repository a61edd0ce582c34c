//! The choice between two operands by truth values.

use std::hint::select_unpredictable;
use std::iter::repeat;

use super::binary::joint_shape;
use super::compare::Operand;
use super::drive::{Source, Write, drive};
use super::rows::{Row, Rows, RowsMut};
use super::stage::Scratch;
use crate::layout::{Layout, Tiles};
use crate::parallel::PIECE;
use crate::simd::{Kernel, dispatch};
use crate::{Element, Shape, Tensor};

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

/// Whether a branch has the shape of the condition, or is one number that broadcasts to it.
#[inline]
fn fits_run(condition: &Layout, branch: &Layout) -> bool {
    branch.shape == condition.shape || (branch.len() == 1 && branch.shape.rank() <= condition.shape.rank())
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
        if let (Some((chosen, false)), Some(from_a), Some(from_b)) = (condition.run(), a.run(), b.run())
            && chosen.len() <= PIECE
            && fits_run(condition.layout, a.layout)
            && fits_run(condition.layout, b.layout)
        {
            let condition_rows = Rows::one(chosen, false);
            let [a, b] = [from_a, from_b].map(|(elements, repeated)| Rows::one(elements, repeated));
            let y = |y: &mut [T]| dispatch(Select { condition: condition_rows, a, b, y: RowsMut::one(y) });
            return Tensor::build_as(condition.layout, y);
        }
        let layout = Layout::contiguous(chosen_shape("where", condition, a, b));
        Tensor::build_as(&layout, |y| select(condition, a, b, y, &layout))
    }

    /// [`where_`](Self::where_) into `out`, whose elements are written in place if no other tensor shares them.
    ///
    /// # Panics
    /// When the shapes do not broadcast, or `out` has another shape than the result.
    #[track_caller]
    pub fn where_into<'a, T: Element>(
        &self,
        a: impl Into<Operand<'a, T>>,
        b: impl Into<Operand<'a, T>>,
        out: &mut Tensor<T>,
    ) {
        let (a, b) = (a.into(), b.into());
        let (condition, from_a, from_b) = (self.source(), a.source(), b.source());
        let (shape, given) = (chosen_shape("where_into", condition, from_a, from_b), out.shape());
        assert!(shape == given, "where_into: a result of shape {shape} into {given}");
        match out.exclusive() {
            Some((y, layout)) => select(condition, from_a, from_b, y, layout),
            None => *out = self.where_(a, b),
        }
    }
}

#[track_caller]
fn chosen_shape<T>(op: &str, condition: Source<'_, bool>, a: Source<'_, T>, b: Source<'_, T>) -> Shape {
    joint_shape(op, condition.layout.shape, joint_shape(op, a.layout.shape, b.layout.shape))
}

/// y ← a where the condition holds, else b, all three broadcast to the shape of `layout`, in which no two indices meet.
fn select<T: Element>(
    condition: Source<'_, bool>,
    a: Source<'_, T>,
    b: Source<'_, T>,
    y: &mut [T],
    layout: &Layout,
) {
    let [lc, la, lb] = [condition.layout, a.layout, b.layout].map(|from| from.broadcast_to(layout.shape));
    let write = Write::anew::<T>(layout.len());
    let tiles = Tiles::new([layout, &lc, &la, &lb], write.tile());
    // SAFETY: the tiles are those of `layout`, which lies inside `y` and is injective by the contract.
    unsafe {
        drive(&tiles, y, write, &|tile, y| {
            let (mut sc, mut sa, mut sb) = (Scratch::new(), Scratch::new(), Scratch::new());
            let condition = tile.rows(1, condition.elements, &mut sc);
            let a = tile.rows(2, a.elements, &mut sa);
            let b = tile.rows(3, b.elements, &mut sb);
            dispatch(Select { condition, a, b, y });
        });
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
