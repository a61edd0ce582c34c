//! Triangles of matrices: the gradient is cut like the value.

use gradus_tensor::{Real, Tensor};

use crate::{Op, Reverse, Samples, Var};

/// The upper or lower triangle of the matrices in the last two axes.
pub struct Triangle {
    /// Whether what lies above the diagonal is kept, or what lies below.
    pub upper: bool,
    /// How far the last diagonal that is kept lies beside the main one.
    pub diagonal: isize,
}

impl Triangle {
    #[track_caller]
    fn of<T: Real>(&self, x: &Tensor<T>) -> Tensor<T> {
        if self.upper { x.triu(self.diagonal) } else { x.tril(self.diagonal) }
    }
}

impl<T: Real> Op<T> for Triangle {
    fn name(&self) -> &'static str {
        if self.upper { "triu" } else { "tril" }
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        self.of(inputs[0])
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        let Self { upper, diagonal } = *self;
        reverse.add_op(0, Self { upper, diagonal }, [reverse.gradient()]);
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        samples.parts(|_, _| true)
    }
}

impl<T: Real> Var<'_, T> {
    /// The upper triangle of the matrices in the last two axes, as [`Tensor::triu`].
    ///
    /// # Panics
    /// When the rank is less than 2.
    #[track_caller]
    pub fn triu(self, diagonal: isize) -> Self {
        self.tape.apply(Triangle { upper: true, diagonal }, [self])
    }

    /// The lower triangle of the matrices in the last two axes, as [`Tensor::tril`].
    ///
    /// # Panics
    /// When the rank is less than 2.
    #[track_caller]
    pub fn tril(self, diagonal: isize) -> Self {
        self.tape.apply(Triangle { upper: false, diagonal }, [self])
    }
}
