//! Class labels as rows of zeros with a single one.

use super::check_indices;
use crate::{Element, Tensor};

impl<T: Element> Tensor<T> {
    /// Rows of length `classes`, along a new last axis, that are 1 (or `true`) at the position given by the label and
    /// 0 elsewhere. Labels from outside become indices by [`try_cast`](Self::try_cast).
    ///
    /// # Panics
    /// When a label is not less than `classes`.
    #[track_caller]
    pub fn one_hot(labels: &Tensor<usize>, classes: usize) -> Self {
        let shape = labels.unsqueeze(labels.rank()).shape().with(labels.rank(), classes);
        let labels = labels.dense();
        check_indices("one_hot", &labels, shape.rank() - 1, shape);
        let mut rows = Self::zeros(shape);
        for (row, &label) in rows.make_mut().chunks_exact_mut(classes.max(1)).zip(&*labels) {
            row[label] = true.cast();
        }
        rows
    }
}
