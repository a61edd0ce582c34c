//! Products without instructions beyond the baseline: matrixmultiply.

use super::Product;
use crate::Real;

/// matrixmultiply's function for an element type.
pub(crate) trait Portable: Real {
    /// # Safety
    /// That of `gemm` with D = C.
    unsafe fn matrixmultiply(product: &Product<Self>, beta: Self);
}

macro_rules! portable {
    ($element:ident $function:path) => {
        impl Portable for $element {
            unsafe fn matrixmultiply(product: &Product<Self>, beta: Self) {
                let Product { rows, inner, columns, a, b, out } = product;
                // SAFETY: the caller's contract is matrixmultiply's.
                unsafe {
                    $function(
                        *rows, *inner, *columns, out.alpha, a.pointer, a.row, a.column, b.pointer, b.row,
                        b.column, beta, out.c, out.c_row, 1,
                    );
                }
            }
        }
    };
}
portable!(f32 matrixmultiply::sgemm);
portable!(f64 matrixmultiply::dgemm);

/// # Safety
/// That of [`super::gemm`].
pub(super) unsafe fn gemm<T: Portable>(product: &Product<T>) {
    let out = &product.out;
    let same = std::ptr::eq(out.addend, out.c) && out.addend_row == out.c_row;
    let mut beta = if out.addend.is_null() { T::zero() } else { out.beta };
    if !out.addend.is_null() && !same {
        for i in 0..product.rows {
            for j in 0..product.columns {
                let at = out.from(i, j);
                // SAFETY: elements of C and D by the caller's contract.
                unsafe { *at.c = out.beta * *at.addend };
            }
        }
        beta = T::one();
    }
    // SAFETY: the caller's contract; C holds β·D where D is not C.
    unsafe { T::matrixmultiply(product, beta) };
}
