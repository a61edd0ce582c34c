//! Data sets and what is done to them before training.
//!
//! ```
//! use gradus_train::{RandomFourierFeatures, Standardizer, Table};
//!
//! let table = Table::parse("x,y,target\n1,2,3\n2,4,5\n3,0,1\n", "target")?;
//! let scaler = Standardizer::fit(table.features())?;
//! let features = scaler.transform(table.features())?;
//! let lifted = RandomFourierFeatures::new(2, 8, 1.0, 7)?.transform(&features)?;
//! assert_eq!(lifted.shape()[..], [3, 8]);
//! # Ok::<(), gradus_train::DataError>(())
//! ```
#![forbid(unsafe_code)]

mod error;
mod random_fourier_features;
mod standardizer;
mod table;

pub use error::DataError;
pub use random_fourier_features::RandomFourierFeatures;
pub use standardizer::Standardizer;
pub use table::Table;
