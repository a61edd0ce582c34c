//! Elements as bytes, in and out.

use std::io::{self, Read, Write};

use crate::{Element, MAX_RANK, Shape, Tensor};

use super::{IoError, IoErrorKind};

/// Elements from a stream of unknown length are read into memory that grows with what arrives, from this many bytes
/// on: a header cannot make us allocate more than a stream delivers.
const TRUSTED: usize = 1 << 20;

/// The order of the bytes of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByteOrder {
    Little,
    Big,
}

impl ByteOrder {
    pub(super) const NATIVE: Self = if cfg!(target_endian = "big") { Self::Big } else { Self::Little };

    /// Turns elements of `size` bytes from this order into that of the processor, or back.
    fn exchange(self, bytes: &mut [u8], size: usize) {
        if self != Self::NATIVE && size > 1 {
            bytes.chunks_exact_mut(size).for_each(<[u8]>::reverse);
        }
    }
}

/// The shape of extents from outside.
pub(super) fn checked_shape(extents: &[u64]) -> Result<Shape, IoError> {
    if extents.len() > MAX_RANK {
        return Err(IoErrorKind::TooManyAxes { extents: extents.to_vec() }.into());
    }
    let oversized = || IoErrorKind::Oversized { extents: extents.to_vec() };
    let narrow: Result<Vec<usize>, _> = extents.iter().map(|&extent| usize::try_from(extent)).collect();
    let shape = Shape::from(narrow.map_err(|_| oversized())?.as_slice());
    shape.checked_len().ok_or_else(oversized)?;
    Ok(shape)
}

/// The bytes of the elements of a shape.
pub(super) fn checked_bytes(shape: Shape, size: usize) -> Result<usize, IoError> {
    let bytes = shape.checked_len().and_then(|len| len.checked_mul(size));
    // The limit of buffers, which are rounded up.
    bytes.filter(|&bytes| bytes <= isize::MAX as usize / 2).ok_or_else(|| {
        IoErrorKind::Oversized { extents: shape.iter().map(|&extent| extent as u64).collect() }.into()
    })
}

/// The memory of elements.
pub(super) fn bytes_of<T: Element>(elements: &[T]) -> &[u8] {
    // SAFETY: elements are bools, integers or floats, without padding, so all their bytes are initialised.
    unsafe { std::slice::from_raw_parts(elements.as_ptr().cast(), size_of_val(elements)) }
}

/// The memory of elements, to be changed.
///
/// # Safety
/// What is left in it must be valid values of `T`.
unsafe fn bytes_of_mut<T: Element>(elements: &mut [T]) -> &mut [u8] {
    // SAFETY: as in `bytes_of`; the caller keeps the values valid.
    unsafe { std::slice::from_raw_parts_mut(elements.as_mut_ptr().cast(), size_of_val(elements)) }
}

/// Elements borrowed from bytes in the processor's order.
pub(super) fn elements_of<T: Element>(bytes: &[u8]) -> Result<&[T], IoError> {
    if bytes.is_empty() {
        return Ok(&[]);
    }
    let start = bytes.as_ptr().cast::<T>();
    if !start.is_aligned() || !bytes.len().is_multiple_of(size_of::<T>()) {
        return Err(IoErrorKind::Misaligned { dtype: T::DTYPE }.into());
    }
    check_bools::<T>(bytes)?;
    // SAFETY: aligned, within `bytes`, and valid: any bits are, or `check_bools` has found them to be.
    Ok(unsafe { std::slice::from_raw_parts(start, bytes.len() / size_of::<T>()) })
}

/// Requires bytes 0 and 1 if `T` is the type for which others are no values.
fn check_bools<T: Element>(bytes: &[u8]) -> Result<(), IoError> {
    match bytes.iter().position(|&byte| byte > 1) {
        Some(position) if !T::ANY_BITS => {
            Err(IoErrorKind::InvalidBool { position, value: bytes[position] }.into())
        }
        _ => Ok(()),
    }
}

/// Fills elements with bytes that `fill` writes in the given order.
pub(super) fn fill_elements<T: Element>(
    elements: &mut [T],
    order: ByteOrder,
    fill: impl FnOnce(&mut [u8]) -> Result<(), IoError>,
) -> Result<(), IoError> {
    if T::ANY_BITS {
        // SAFETY: any bits are values of this type.
        let bytes = unsafe { bytes_of_mut(elements) };
        fill(bytes)?;
        order.exchange(bytes, size_of::<T>());
        return Ok(());
    }
    let mut bytes = vec![0; size_of_val(elements)];
    fill(&mut bytes)?;
    check_bools::<T>(&bytes)?;
    // SAFETY: bool, the only type that does not take any bits, has the values 0 and 1, which were just checked.
    unsafe { bytes_of_mut(elements) }.copy_from_slice(&bytes);
    Ok(())
}

/// Fills `bytes` or says how many of them there were.
pub(super) fn read_exactly(source: &mut impl Read, bytes: &mut [u8]) -> Result<(), IoError> {
    let mut filled = 0;
    while filled < bytes.len() {
        match source.read(&mut bytes[filled..]) {
            Ok(0) => {
                let (needed, available) = (bytes.len() as u64, filled as u64);
                return Err(IoErrorKind::Truncated { needed, available }.into());
            }
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(IoError::system("read")(error)),
        }
    }
    Ok(())
}

/// At most `len` bytes, fewer if the source ends before; memory grows with what arrives.
pub(super) fn read_up_to(source: &mut impl Read, len: u64) -> Result<Vec<u8>, IoError> {
    let mut bytes = Vec::new();
    source.take(len).read_to_end(&mut bytes).map_err(IoError::system("read"))?;
    Ok(bytes)
}

/// Reads the elements of a shape in row-major order from a source that holds `held` bytes, if that is known.
pub(super) fn read_elements<T: Element>(
    source: &mut impl Read,
    shape: Shape,
    order: ByteOrder,
    held: Option<u64>,
) -> Result<Tensor<T>, IoError> {
    let needed = checked_bytes(shape, size_of::<T>())?;
    if let Some(available) = held.filter(|&held| held < needed as u64) {
        return Err(IoErrorKind::Truncated { needed: needed as u64, available }.into());
    }
    let arrived = if held.is_none() && needed > TRUSTED {
        let bytes = read_up_to(source, needed as u64)?;
        if bytes.len() < needed {
            return Err(
                IoErrorKind::Truncated { needed: needed as u64, available: bytes.len() as u64 }.into()
            );
        }
        Some(bytes)
    } else {
        None
    };
    let mut outcome = Ok(());
    let tensor = Tensor::build(shape, |elements| {
        outcome = fill_elements(elements, order, |bytes| match &arrived {
            Some(arrived) => {
                bytes.copy_from_slice(arrived);
                Ok(())
            }
            None => read_exactly(source, bytes),
        });
    });
    outcome.map(|()| tensor)
}

/// Writes elements in little-endian order, row-major.
pub(super) fn write_elements<T: Element>(sink: &mut impl Write, tensor: &Tensor<T>) -> io::Result<()> {
    let elements = tensor.dense();
    if ByteOrder::NATIVE == ByteOrder::Little {
        return sink.write_all(bytes_of(&elements));
    }
    let mut bytes = bytes_of(&elements).to_vec();
    ByteOrder::Little.exchange(&mut bytes, size_of::<T>());
    sink.write_all(&bytes)
}
