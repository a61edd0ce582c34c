//! The text of an expected panic and the place that it blames.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe, Location};
use std::sync::Once;

/// What a panic reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The text.
    pub text: String,
    /// The file of the reported place.
    pub file: String,
    /// The line of the reported place.
    pub line: u32,
}

thread_local! {
    static EXPECTED: Cell<bool> = const { Cell::new(false) };
    static LAST: RefCell<Option<Report>> = const { RefCell::new(None) };
}

/// The report of the panic of `action`, which is not printed. Panics of other threads are reported as usual.
///
/// # Panics
/// When `action` does not panic.
#[track_caller]
pub fn panic_of<R>(action: impl FnOnce() -> R) -> Report {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let default = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !EXPECTED.get() {
                return default(info);
            }
            let text = info.payload_as_str().unwrap_or("no text").to_owned();
            let place = info.location().map(|location| (location.file().to_owned(), location.line()));
            let (file, line) = place.unwrap_or_default();
            LAST.set(Some(Report { text, file, line }));
        }));
    });
    EXPECTED.set(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(action));
    EXPECTED.set(false);
    assert!(outcome.is_err(), "a panic was expected");
    LAST.take().expect("a report from the hook")
}

/// Requires that `action` panics with exactly this text, and that the blame falls on the file of the caller: not on
/// the library's.
///
/// # Panics
/// When it does not.
#[track_caller]
pub fn assert_panic<R>(action: impl FnOnce() -> R, expected: &str) {
    let report = panic_of(action);
    assert_eq!(report.text, expected);
    let (blamed, file) = (report.file, Location::caller().file());
    assert!(blamed == file, "{expected}: reported at {blamed}, not at the caller");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_names_the_place() {
        let line = line!() + 1;
        let report = panic_of(|| panic!("about {}", 7));
        assert_eq!(report, Report { text: "about 7".to_owned(), file: file!().to_owned(), line });
    }

    #[test]
    #[should_panic(expected = "a panic was expected")]
    fn an_action_that_returns_is_a_failure() {
        panic_of(|| 1);
    }
}
