//! Texts of tensors, like NumPy's: nested brackets, long axes summarised.

use std::fmt;

use crate::{Real, Tensor};

/// Elements beyond which long axes show their ends only.
const SUMMARISE_ABOVE: usize = 1000;

/// Elements shown at each end of a summarised axis.
const EDGE: usize = 3;

impl<T: Real> Tensor<T> {
    fn write_nested(&self, f: &mut fmt::Formatter<'_>, depth: usize, summarise: bool) -> fmt::Result {
        if self.rank() == 0 {
            return fmt::Display::fmt(&self.item(), f);
        }
        let extent = self.shape()[0];
        f.write_str("[")?;
        let mut row = 0;
        while row < extent {
            if row > 0 {
                f.write_str(if self.rank() == 1 { ", " } else { ",\n" })?;
                if self.rank() > 1 {
                    write!(f, "{:depth$}", "", depth = depth + 1)?;
                }
            }
            if summarise && extent > 2 * EDGE && row == EDGE {
                f.write_str("...")?;
                row = extent - EDGE;
            } else {
                self.row(row).write_nested(f, depth + 1, summarise)?;
                row += 1;
            }
        }
        f.write_str("]")
    }
}

impl<T: Real> fmt::Display for Tensor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // An empty tensor can have many rows, too.
        let positions: usize = self.shape().iter().map(|&extent| extent.max(1)).product();
        self.write_nested(f, 0, positions > SUMMARISE_ABOVE)
    }
}

impl<T: Real> fmt::Debug for Tensor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tensor({self}, shape={}, dtype={})", self.shape(), T::DTYPE)
    }
}
