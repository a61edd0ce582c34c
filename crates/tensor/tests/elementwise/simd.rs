//! The choice of a SIMD level: by hand, by environment, and never silently another one.

use std::ffi::OsStr;
use std::process::Command;

use gradus_tensor::simd::{Kernel, Level, active, dispatch, set_active};
use gradus_testkit::settings::{for_each_setting, under_each_setting};

#[test]
fn levels_are_available_from_the_baseline_up() {
    let levels: Vec<Level> = Level::available().collect();
    assert_eq!(levels[0], Level::Baseline);
    assert!(levels.is_sorted());
    assert_eq!(levels.last(), Some(&Level::detect()));
}

#[test]
fn a_level_set_is_the_level_in_use() {
    for (setting, level) in under_each_setting(active) {
        assert_eq!(level, setting.level);
    }
}

#[test]
fn a_level_beyond_the_processor_changes_nothing() {
    for_each_setting(|setting| {
        for level in [Level::Avx2, Level::Avx512].into_iter().filter(|&level| level > Level::detect()) {
            let error = set_active(level).unwrap_err();
            assert!(error.to_string().contains("is not available on this processor"), "{error}");
            assert_eq!(active(), setting.level);
        }
    });
}

struct Polynomial<'a> {
    x: &'a [f32],
    y: &'a mut [f32],
}

impl Kernel for Polynomial<'_> {
    type Output = usize;
    #[inline(always)]
    fn run(self) -> usize {
        for (y, &x) in self.y.iter_mut().zip(self.x) {
            *y = (x * x + 0.1) * x - 0.3;
        }
        self.x.len()
    }
}

#[test]
fn multiplications_and_additions_are_not_fused_at_any_level() {
    let x: Vec<f32> = (0..1003).map(|i| (i as f32).sin()).collect();
    let twin: Vec<u32> = x
        .iter()
        .map(|&x| {
            let square = std::hint::black_box(x * x);
            let product = std::hint::black_box((square + 0.1) * x);
            (product - 0.3).to_bits()
        })
        .collect();
    for (setting, bits) in under_each_setting(|| {
        let mut y = vec![0.0; x.len()];
        assert_eq!(dispatch(Polynomial { x: &x, y: &mut y }), x.len());
        y.into_iter().map(f32::to_bits).collect::<Vec<_>>()
    }) {
        assert_eq!(bits, twin, "{setting}");
    }
}

/// Run in a process of its own by the tests below.
#[test]
#[ignore = "reports the level that the environment asks for"]
fn report() {
    match Level::from_environment() {
        Ok(level) => {
            assert_eq!(active(), level);
            println!("<{level:?}>");
        }
        Err(error) => {
            println!("<{error}>");
            active();
        }
    }
}

/// What `report` prints with `GRADUS_SIMD` set to `value`, and whether it passes.
fn report_with(value: Option<&OsStr>) -> (String, bool) {
    let mut command = Command::new(std::env::current_exe().expect("this test"));
    command.args(["--exact", "simd::report", "--ignored", "--nocapture"]).env_remove("GRADUS_SIMD");
    if let Some(value) = value {
        command.env("GRADUS_SIMD", value);
    }
    let output = command.output().expect("this test runs");
    let printed = String::from_utf8(output.stdout).expect("text");
    let report = printed.split_once('<').and_then(|(_, rest)| rest.rsplit_once('>')).expect("a report").0;
    (report.to_owned(), output.status.success())
}

#[test]
fn the_environment_chooses_the_level() {
    assert_eq!(report_with(None), (format!("{:?}", Level::detect()), true));
    for (name, level) in [("baseline", Level::Baseline), ("avx2", Level::Avx2), ("avx512", Level::Avx512)] {
        let (printed, passed) = report_with(Some(OsStr::new(name)));
        if level <= Level::detect() {
            assert_eq!((printed, passed), (format!("{level:?}"), true));
        } else {
            assert!(!passed && printed.contains("is not available"), "{printed}");
        }
    }
}

#[test]
fn a_level_that_does_not_exist_is_an_error() {
    for name in ["AVX2", "sse2", ""] {
        let (printed, passed) = report_with(Some(OsStr::new(name)));
        let text = format!("GRADUS_SIMD={name:?} is not a SIMD level; use baseline, avx2 or avx512");
        assert_eq!((printed, passed), (text, false), "the error first, then the panic of the first kernel");
    }
}

#[cfg(unix)]
#[test]
fn a_level_that_is_not_text_is_an_error() {
    use std::os::unix::ffi::OsStrExt;
    let (printed, passed) = report_with(Some(OsStr::from_bytes(b"avx\xff2")));
    assert!(!passed && printed.starts_with("GRADUS_SIMD=\"avx\u{fffd}2\" is not"), "{printed}");
}
