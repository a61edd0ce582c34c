//! Reductions: the same bits under every setting and however the elements lie in memory, within stated bounds of naive
//! twins in double precision, and defined at the corners.

mod axes;
mod corners;
mod cumulative;
mod positions;
mod softmax;
mod sums;

use gradus_tensor::{Real, Tensor};
use gradus_testkit::compare::assert_same_bits;
use gradus_testkit::settings::same_under_each_setting;

/// The result of `reduce`, after checking that it is the same for a contiguous copy and under every setting.
#[track_caller]
pub(crate) fn settled<T: Real, U: Real>(
    x: &Tensor<T>,
    context: &str,
    reduce: impl Fn(&Tensor<T>) -> Tensor<U> + Sync,
) -> Tensor<U> {
    let found = same_under_each_setting(context, || reduce(x));
    assert_same_bits(
        &reduce(&Tensor::from_slice(x.shape(), &x.to_vec()).expect("as many elements")),
        &found,
        format_args!("{context}, copied"),
    );
    found
}

/// Every subset of the axes of a rank.
pub(crate) fn subsets(rank: usize) -> impl Iterator<Item = Vec<usize>> {
    (0..1_usize << rank).map(move |set| (0..rank).filter(|axis| set >> axis & 1 == 1).collect())
}
