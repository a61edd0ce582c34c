//! What a study shows: figures, tables, JSON.

mod figure;
mod json;
mod table;

pub use figure::{Curve, Figure, FigureError, Line, Panel, Series};
pub use json::{check_writable, write_json};
pub use table::table;
