//! The layout of a view, outside of the tensor.

use std::cell::RefCell;
use std::ops::Deref;

use super::Layout;

/// Idle boxes that a thread keeps at most.
const IDLE_LIMIT: usize = 1 << 12;

thread_local! {
    #[allow(clippy::vec_box, reason = "the boxes are what is kept")]
    static IDLE: RefCell<Vec<Box<Layout>>> = const { RefCell::new(Vec::new()) };
}

/// A box from a list of idle ones: a view takes no memory from the system.
pub(crate) struct Handle(Option<Box<Layout>>);

impl Handle {
    pub(crate) fn new(layout: Layout) -> Self {
        // The list is gone when a thread ends.
        let idle = IDLE.try_with(|idle| idle.borrow_mut().pop()).ok().flatten();
        Self(Some(match idle {
            Some(mut idle) => {
                *idle = layout;
                idle
            }
            None => Box::new(layout),
        }))
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let Some(layout) = self.0.take() else { return };
        let _ = IDLE.try_with(|idle| {
            let mut idle = idle.borrow_mut();
            if idle.len() < IDLE_LIMIT {
                idle.push(layout);
            }
        });
    }
}

impl Clone for Handle {
    fn clone(&self) -> Self {
        Self::new(**self)
    }
}

impl Deref for Handle {
    type Target = Layout;
    #[inline]
    fn deref(&self) -> &Layout {
        match &self.0 {
            Some(layout) => layout,
            None => unreachable!("taken by `drop` only"),
        }
    }
}
