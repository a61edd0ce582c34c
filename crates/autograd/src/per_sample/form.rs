//! The gradients of one value for every sample, written out or as factors.

use gradus_tensor::{Real, Tensor, vector};

/// One gradient per sample of a value with n elements.
pub(crate) enum Form<T: Real> {
    /// [B, n].
    Rows(Tensor<T>),
    /// leftᵀ·right of every sample, [B, k, m] and [B, k, n/m]: the gradient of a weight that k rows per sample went
    /// through.
    Products { left: Tensor<T>, right: Tensor<T> },
}

impl<T: Real> Form<T> {
    /// [B, n].
    pub(super) fn into_rows(self) -> Tensor<T> {
        match self {
            Self::Rows(rows) => rows,
            Self::Products { ref left, ref right } => {
                let (count, len) = (left.shape()[0], left.shape()[2] * right.shape()[2]);
                let mut rows = Tensor::zeros([count, len]);
                self.write(rows.make_mut(), len, 0);
                rows
            }
        }
    }

    /// Writes the gradient of sample b from position `start` of row b on, of rows of length `pitch`.
    pub(super) fn write(&self, rows: &mut [T], pitch: usize, start: usize) {
        match self {
            Self::Rows(own) => {
                let own = own.contiguous();
                let len = own.shape()[1];
                if len == 0 {
                    return;
                }
                let own = own.as_slice().expect("contiguous").chunks_exact(len);
                for (row, own) in rows.chunks_exact_mut(pitch).zip(own) {
                    row[start..start + len].copy_from_slice(own);
                }
            }
            Self::Products { left, right } => {
                let (shape, columns) = (left.shape(), right.shape()[2]);
                let len = shape[2] * columns;
                if len == 0 {
                    return;
                }
                if shape[1] == 1 {
                    let (left, right) = (left.contiguous(), right.contiguous());
                    let left = left.as_slice().expect("contiguous").chunks_exact(shape[2]);
                    let right = right.as_slice().expect("contiguous").chunks_exact(columns);
                    for ((row, left), right) in rows.chunks_exact_mut(pitch).zip(left).zip(right) {
                        outer(left, right, &mut row[start..start + len]);
                    }
                    return;
                }
                for (b, row) in rows.chunks_exact_mut(pitch).enumerate() {
                    let product = left.select(0, b).t().matmul(&right.select(0, b));
                    row[start..start + len].copy_from_slice(product.as_slice().expect("a fresh product"));
                }
            }
        }
    }

    /// Adds ‖g_b‖² of every sample b.
    pub(super) fn add_squared_norms(&self, sums: &mut [T]) {
        match self {
            Self::Rows(rows) => {
                for (b, sum) in sums.iter_mut().enumerate() {
                    *sum += squared_norm(&rows.select(0, b));
                }
            }
            Self::Products { left, right } => {
                let (shape, columns) = (left.shape(), right.shape()[2]);
                let (rows, inner) = (shape[1], shape[2]);
                for (b, sum) in sums.iter_mut().enumerate() {
                    let (left, right) = (left.select(0, b), right.select(0, b));
                    *sum += if rows == 1 {
                        squared_norm(&left) * squared_norm(&right)
                    } else if rows * (inner + columns) < inner * columns {
                        let (left, right) = (left.matmul(&left.t()), right.matmul(&right.t()));
                        vector::dot(&left.to_vec(), &right.to_vec()).maximum(T::zero())
                    } else {
                        squared_norm(&left.t().matmul(&right))
                    };
                }
            }
        }
    }

    /// Adds Σ_b c_b g_b.
    pub(super) fn combine(&self, weights: &[T], sum: &mut [T]) {
        let weights = Tensor::vector(weights);
        let combined = match self {
            Self::Rows(rows) => weights.matmul(rows),
            Self::Products { left, right } => {
                let (shape, columns) = (left.shape(), right.shape()[2]);
                let rows = shape[0] * shape[1];
                let weighted = left * &weights.reshape([shape[0], 1, 1]);
                weighted.reshape([rows, shape[2]]).t().matmul(&right.reshape([rows, columns]))
            }
        };
        vector::axpy(T::one(), combined.as_slice().expect("a fresh product"), sum);
    }
}

fn squared_norm<T: Real>(x: &Tensor<T>) -> T {
    match x.as_slice() {
        Some(elements) => vector::squared_norm(elements),
        None => vector::squared_norm(&x.to_vec()),
    }
}

/// left·rightᵀ, by rows.
fn outer<T: Real>(left: &[T], right: &[T], product: &mut [T]) {
    for (row, &factor) in product.chunks_exact_mut(right.len()).zip(left) {
        for (target, &x) in row.iter_mut().zip(right) {
            *target = factor * x;
        }
    }
}
