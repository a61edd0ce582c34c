//! What the tests of files share.

use std::convert::identity;
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use gradus_tensor::io::{Dtype, IoError};
use gradus_tensor::{Element, Shape, Tensor};

/// A folder of its own that is removed with its contents.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("gradus-io-{}-{count}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder for temporary files");
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The names in the folder, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).expect("the folder");
        let name = |entry: std::io::Result<std::fs::DirEntry>| entry.ok()?.file_name().into_string().ok();
        let mut names: Vec<_> = entries.map(|entry| name(entry).expect("a name")).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// An element type with the six corner values that the golden files hold.
pub(crate) trait Corners: Element {
    fn corners() -> [Self; 6];
    fn bits(self) -> u64;
}

macro_rules! corners {
    ($($type:ty: $integer:ty [$($bits:expr),*], $from:expr, $to:expr;)*) => {
        $(impl Corners for $type {
            fn corners() -> [Self; 6] {
                let bits: [$integer; 6] = [$($bits),*];
                bits.map($from)
            }
            fn bits(self) -> u64 {
                $to(self)
            }
        })*
    };
}

corners! {
    bool: u8 [0, 1, 1, 0, 0, 1], |bits| bits != 0, u64::from;
    i8: u8 [0, 1, 0x7f, 0x80, 0xff, 5], |bits| bits as i8, |value| value as u8 as u64;
    i16: u16 [0, 1, 0x7fff, 0x8000, 0xffff, 0x1234], |bits| bits as i16, |value| value as u16 as u64;
    i32: u32 [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1234_5678], |bits| bits as i32,
        |value| value as u32 as u64;
    i64: u64 [0, 1, u64::MAX >> 1, 1 << 63, u64::MAX, 0x1234_5678_9abc_def0], |bits| bits as i64,
        |value| value as u64;
    u8: u8 [0, 1, 0x7f, 0x80, 0xff, 5], identity, u64::from;
    u16: u16 [0, 1, 0x7fff, 0x8000, 0xffff, 0x1234], identity, u64::from;
    u32: u32 [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1234_5678], identity, u64::from;
    u64: u64 [0, 1, u64::MAX >> 1, 1 << 63, u64::MAX, 0x1234_5678_9abc_def0], identity, identity;
    usize: usize [0, 1, usize::MAX >> 1, 1 << 63, usize::MAX, 0x1234_5678_9abc_def0], identity, |value| value as u64;
    f32: u32 [0x3fc0_0000, 0x8000_0000, 1, 0x7f80_0000, 0x7fc1_2345, 0x7f7f_ffff], f32::from_bits,
        |value: f32| u64::from(value.to_bits());
    f64: u64 [
        0x3ff8_0000_0000_0000, 1 << 63, 1, 0x7ff0_0000_0000_0000, 0x7ff8_0000_1234_5678, 0x7fef_ffff_ffff_ffff
    ], f64::from_bits, f64::to_bits;
}

/// The six corner values of a type in two rows.
pub(crate) fn corners<T: Corners>() -> Tensor<T> {
    Tensor::from_slice([2, 3], &T::corners()).expect("six elements")
}

/// The corner values over and over.
pub(crate) fn filled<T: Corners>(shape: impl Into<Shape>) -> Tensor<T> {
    Tensor::from_fn(shape, |i| T::corners()[i % 6])
}

#[track_caller]
pub(crate) fn assert_same_bits<T: Corners>(found: &Tensor<T>, expected: &Tensor<T>) {
    assert_eq!(found.shape(), expected.shape());
    let bits = |tensor: &Tensor<T>| tensor.to_vec().into_iter().map(T::bits).collect::<Vec<_>>();
    assert_eq!(bits(found), bits(expected), "{}", Dtype::of::<T>());
}

/// Tensors whose elements lie in all kinds of ways, empty ones, and such of the least and the largest rank.
pub(crate) fn variety<T: Corners>() -> Vec<Tensor<T>> {
    let x = filled::<T>([4, 6, 3]);
    vec![
        corners(),
        filled([]),
        filled([7]),
        filled([0]),
        filled([3, 0, 2]),
        filled([1, 2, 1, 2, 1, 1, 3, 1]),
        x.permute(&[2, 0, 1]),
        x.narrow(1, 1, 4),
        x.flip(&[0, 2]),
        x.select(0, 3).t(),
        x.row(1).row(2).broadcast_to([2, 5, 3]),
    ]
}

/// Calls a generic function for every element type of tensors.
#[macro_export]
macro_rules! for_each_type {
    ($check:ident) => {
        $check::<bool>();
        $check::<i8>();
        $check::<i16>();
        $check::<i32>();
        $check::<i64>();
        $check::<u8>();
        $check::<u16>();
        $check::<u32>();
        $check::<u64>();
        $check::<usize>();
        $check::<f32>();
        $check::<f64>();
    };
}

/// Requires an error with exactly this text.
#[track_caller]
pub(crate) fn assert_error<T: Debug>(outcome: Result<T, IoError>, expected: &str) {
    match outcome {
        Ok(value) => panic!("expected {expected:?}, got {value:?}"),
        Err(error) => assert_eq!(error.to_string(), expected),
    }
}
