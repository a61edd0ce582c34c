//! NumPy's file format for one array (npy, versions 1 to 3): a header and the elements.
//!
//! Read by our own hands: the header is a dictionary of three keys, and the crates that read it bring a general
//! parser of Python literals, built by procedural macros, and texts of errors without a place.

mod header;

use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::Path;

use self::header::Header;
use super::any::mismatch;
use super::atomic::replace_file;
use super::bytes::{checked_bytes, read_elements, write_elements};
use super::{AnyTensor, Dtype, IoError, IoErrorKind};
use crate::{Element, Tensor};

/// Reads the header. Of a source that holds `held` bytes, also returns how many are left for the elements; none may
/// follow these.
fn read_header(source: &mut impl Read, held: Option<u64>) -> Result<(Header, Option<u64>), IoError> {
    let header = Header::read(source)?;
    let Some(held) = held else { return Ok((header, None)) };
    let rest = held.saturating_sub(header.len);
    let needed =
        checked_bytes(header.shape, header.dtype.size()).map_err(|error| error.at(header.len))? as u64;
    if rest > needed {
        return Err(IoError::from(IoErrorKind::Trailing { bytes: rest - needed }).at(header.len + needed));
    }
    Ok((header, Some(rest)))
}

pub(super) fn read<T: Element>(source: &mut impl Read, held: Option<u64>) -> Result<Tensor<T>, IoError> {
    let (header, rest) = read_header(source, held)?;
    if header.dtype != Dtype::of::<T>() {
        return Err(mismatch::<T>(header.dtype));
    }
    let tensor = read_elements(source, header.stored_shape(), header.order, rest)
        .map_err(|error| error.at(header.len))?;
    let reversed: Vec<usize> = (0..tensor.rank()).rev().collect();
    Ok(if header.fortran { tensor.permute(&reversed) } else { tensor })
}

pub(super) fn read_any(source: &mut impl Read, held: Option<u64>) -> Result<AnyTensor, IoError> {
    let (header, rest) = read_header(source, held)?;
    let tensor = AnyTensor::read(source, header.dtype, header.stored_shape(), header.order, rest)
        .map_err(|error| error.at(header.len))?;
    Ok(if header.fortran { tensor.reverse_axes() } else { tensor })
}

pub(super) fn write_any(sink: &mut impl Write, tensor: &AnyTensor) -> Result<(), IoError> {
    let header = Header::write(tensor.dtype(), tensor.shape()).ok_or_else(|| {
        let remedy = "NumPy has none like it: cast to f32, or write safetensors";
        IoErrorKind::UnsupportedDtype { dtype: tensor.dtype().to_string(), remedy }
    })?;
    sink.write_all(&header).and_then(|()| tensor.write(sink)).map_err(IoError::system("write"))
}

fn write<T: Element>(sink: &mut impl Write, tensor: &Tensor<T>) -> Result<(), IoError> {
    let header = Header::write(Dtype::of::<T>(), tensor.shape()).expect("NumPy has the types of tensors");
    sink.write_all(&header).and_then(|()| write_elements(sink, tensor)).map_err(IoError::system("write"))
}

/// Reads a file as a whole.
fn read_file<R>(
    path: &Path,
    read: impl FnOnce(&mut BufReader<File>, Option<u64>) -> Result<R, IoError>,
) -> Result<R, IoError> {
    let attempt = || {
        let file = File::open(path).map_err(IoError::system("open"))?;
        let metadata = file.metadata().map_err(IoError::system("read"))?;
        // A pipe has no length.
        let held = metadata.is_file().then_some(metadata.len());
        read(&mut BufReader::new(file), held)
    };
    attempt().map_err(|error: IoError| error.in_file(path))
}

impl<T: Element> Tensor<T> {
    /// Reads a file of NumPy's format for one array (`numpy.save`), little- or big-endian. An array in Fortran order
    /// becomes a permuted view of its elements.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// # let folder = std::env::temp_dir().join(format!("gradus-npy-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder).unwrap();
    /// # let path = folder.join("x.npy");
    /// let x = Tensor::<f32>::from_rows([[1.0, 2.0], [3.0, 4.0]]);
    /// x.write_npy(&path)?;
    /// assert_eq!(Tensor::<f32>::read_npy(&path)?, x);
    /// let error = Tensor::<f64>::read_npy(&path).unwrap_err();
    /// assert!(error.to_string().contains("dtype float32 found, float64 expected"), "{error}");
    /// # std::fs::remove_dir_all(&folder).unwrap();
    /// # Ok::<(), gradus_tensor::io::IoError>(())
    /// ```
    ///
    /// # Errors
    /// When the file cannot be read, is malformed, truncated or too long, or has another element type
    /// ([`AnyTensor::read_npy`] takes any).
    pub fn read_npy(path: impl AsRef<Path>) -> Result<Self, IoError> {
        read_file(path.as_ref(), |source, held| read(source, held))
    }

    /// Reads one array in npy format, and nothing behind it. Large arrays are read into memory that grows with
    /// what arrives, and then copied: a header alone cannot allocate much.
    ///
    /// # Errors
    /// As [`read_npy`](Self::read_npy).
    pub fn read_npy_from(mut source: impl Read) -> Result<Self, IoError> {
        read(&mut source, None)
    }

    /// Writes a file of NumPy's format for one array, the same bytes as `numpy.save`. The file is replaced as a
    /// whole or, on an error, left as it was.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_npy(&self, path: impl AsRef<Path>) -> Result<(), IoError> {
        replace_file(path.as_ref(), |sink| write(sink, self))
    }

    /// Writes an array in npy format.
    ///
    /// # Errors
    /// When the sink refuses.
    pub fn write_npy_to(&self, mut sink: impl Write) -> Result<(), IoError> {
        write(&mut sink, self)
    }
}

impl AnyTensor {
    /// Reads a file of NumPy's format for one array of any number type.
    ///
    /// # Errors
    /// When the file cannot be read, is malformed, truncated or too long, or holds no numbers.
    pub fn read_npy(path: impl AsRef<Path>) -> Result<Self, IoError> {
        read_file(path.as_ref(), read_any)
    }

    /// Reads one array in npy format, and nothing behind it.
    ///
    /// # Errors
    /// As [`read_npy`](Self::read_npy).
    pub fn read_npy_from(mut source: impl Read) -> Result<Self, IoError> {
        read_any(&mut source, None)
    }

    /// Writes a file of NumPy's format for one array.
    ///
    /// # Errors
    /// When the file cannot be written, or NumPy does not have the element type (bfloat16).
    pub fn write_npy(&self, path: impl AsRef<Path>) -> Result<(), IoError> {
        replace_file(path.as_ref(), |sink| write_any(sink, self))
    }

    /// Writes an array in npy format.
    ///
    /// # Errors
    /// When the sink refuses, or NumPy does not have the element type (bfloat16).
    pub fn write_npy_to(&self, mut sink: impl Write) -> Result<(), IoError> {
        write_any(&mut sink, self)
    }
}
