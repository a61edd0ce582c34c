//! Convolutions in one and two dimensions and their gradients.
//!
//! All three are sums of products over shifted planes ([`crate::window`]): with respect to the output
//! (`forward.rs`) and the input (`backward_input.rs`) through one kernel, [`correlation`], and with respect to the
//! weight (`backward_weight.rs`).

mod backward_input;
mod backward_weight;
mod correlation;
mod direct;
mod forward;
mod geometry;
mod im2col;
mod outer_sums;
mod settings;

pub use self::settings::{Conv1d, Conv2d};

/// Products below which a convolution stays on one thread: about 20 µs at 100 products per ns, twice what it takes to
/// wake another one.
const SPLIT_PRODUCTS: usize = 1 << 20;

/// Whether work of that many products should be split.
fn worth_splitting(products: usize) -> bool {
    products >= SPLIT_PRODUCTS && rayon::current_num_threads() > 1
}
