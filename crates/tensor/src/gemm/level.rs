//! The entries to the kernels: functions with the instructions of a level switched on.

use super::avx2::{F32x8, F64x4};
use super::avx512::{F32x16, F64x8};
use super::loops::{Block, nest};
use super::{Batch, Kernels, Product};

macro_rules! level {
    ($name:ident $element:ident $vector:ident $features:literal) => {
        unsafe fn $name(product: &Product<Self>, batch: &Batch) {
            #[target_feature(enable = $features)]
            unsafe fn block(block: &Block<'_, $element>) {
                // SAFETY: the caller's contract; the instructions are those of this function.
                unsafe { block.run::<$vector>() }
            }
            #[target_feature(enable = $features)]
            unsafe fn products(product: &Product<$element>, batch: &Batch) {
                // SAFETY: as above.
                unsafe { nest::<$vector>(product, batch, block) }
            }
            // SAFETY: the caller's contract.
            unsafe { products(product, batch) }
        }
    };
}

macro_rules! kernels {
    ($element:ident $wide:ident $narrow:ident) => {
        impl Kernels for $element {
            level!(avx512 $element $wide "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma");
            level!(avx2 $element $narrow "avx2,fma");
        }
    };
}
kernels!(f32 F32x16 F32x8);
kernels!(f64 F64x8 F64x4);
