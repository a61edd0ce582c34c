//! The safetensors format: a JSON header, then the elements of all tensors without gaps, little-endian.

mod header;
mod mapped;
mod write;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

pub use self::header::TensorInfo;
pub use self::mapped::MappedSafetensors;

use self::header::{Header, LENGTH_SIZE, MAX_HEADER};
use super::any::mismatch;
use super::bytes::{ByteOrder, fill_elements, read_elements, read_exactly};
use super::{AnyTensor, Dtype, IoError, IoErrorKind, NamedTensors};
use crate::{Element, Tensor};

/// Reads tensors of a safetensors file by name: the header at once, the elements of a tensor when it is asked for,
/// straight into its memory.
///
/// ```
/// use gradus_tensor::{Tensor, io::{NamedTensors, SafetensorsReader}};
/// # let mut tensors = NamedTensors::new();
/// # tensors.insert("layer.bias", Tensor::vector(&[0.5_f32, 1.5]))?;
/// # let mut file = Vec::new();
/// # tensors.write_safetensors_to(&mut file)?;
/// let mut reader = SafetensorsReader::new(std::io::Cursor::new(file))?; // or open(path)
/// assert_eq!(reader.info("layer.bias")?.extents(), [2]);
/// assert_eq!(reader.get::<f32>("layer.bias")?.to_vec(), [0.5, 1.5]);
/// # Ok::<(), gradus_tensor::io::IoError>(())
/// ```
#[derive(Debug)]
pub struct SafetensorsReader<R> {
    source: R,
    header: Header,
    file: Option<PathBuf>,
}

impl SafetensorsReader<File> {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// When the file cannot be read, its header is malformed, or the data do not fill the rest of the file, each
    /// byte once.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, IoError> {
        let path = path.as_ref();
        let mut reader = File::open(path)
            .map_err(IoError::system("open"))
            .and_then(Self::new)
            .map_err(|error| error.in_file(path))?;
        reader.file = Some(path.to_owned());
        Ok(reader)
    }
}

impl<R: Read + Seek> SafetensorsReader<R> {
    /// Reads the header of a file that begins at position 0 of the source: a file, or bytes in a
    /// [`Cursor`](std::io::Cursor).
    ///
    /// # Errors
    /// As [`open`](SafetensorsReader::open).
    pub fn new(mut source: R) -> Result<Self, IoError> {
        let file_len = source.seek(SeekFrom::End(0)).map_err(IoError::system("find the length"))?;
        source.seek(SeekFrom::Start(0)).map_err(IoError::system("seek"))?;
        let mut length = [0; LENGTH_SIZE as usize];
        read_exactly(&mut source, &mut length).map_err(|error| error.at(0))?;
        let length = u64::from_le_bytes(length);
        if length > MAX_HEADER {
            return Err(IoError::from(IoErrorKind::HeaderTooLong { length, limit: MAX_HEADER }).at(0));
        }
        // What can be read need not have a length: `/dev/zero`.
        let available = file_len.saturating_sub(LENGTH_SIZE);
        if length > available {
            return Err(IoError::from(IoErrorKind::Truncated { needed: length, available }).at(LENGTH_SIZE));
        }
        let mut text = vec![0; length as usize];
        read_exactly(&mut source, &mut text).map_err(|error| error.at(LENGTH_SIZE))?;
        Ok(Self { source, header: Header::parse(&text, file_len)?, file: None })
    }

    /// Names, types and shapes, in the order of the header.
    pub fn entries(&self) -> &[TensorInfo] {
        &self.header.entries
    }

    /// Texts beside the tensors.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.header.metadata
    }

    /// Type and shape of a tensor.
    ///
    /// # Errors
    /// When there is none of this name; the text lists the names there are.
    pub fn info(&self, name: &str) -> Result<&TensorInfo, IoError> {
        self.header.find(name).map_err(|error| self.locate(error))
    }

    /// Reads a tensor of type `T`.
    ///
    /// # Errors
    /// When there is none of this name, it has another type (nothing is converted silently) or too many axes, or its
    /// elements cannot be read.
    pub fn get<T: Element>(&mut self, name: &str) -> Result<Tensor<T>, IoError> {
        self.read(name, |source, dtype, info| {
            if dtype != Dtype::of::<T>() {
                return Err(mismatch::<T>(dtype));
            }
            read_elements(source, info.shape()?, ByteOrder::Little, Some(info.byte_len()))
        })
    }

    /// Reads a tensor and converts it to type `T` as [`AnyTensor::cast`] does; 16-bit floats become `f32` exactly.
    ///
    /// # Errors
    /// When there is none of this name, it is of no number type or has too many axes, or its elements cannot be read.
    pub fn get_as<T: Element>(&mut self, name: &str) -> Result<Tensor<T>, IoError> {
        self.get_any(name).map(|tensor| tensor.cast())
    }

    /// Reads a tensor of whatever type.
    ///
    /// # Errors
    /// As [`get_as`](Self::get_as).
    pub fn get_any(&mut self, name: &str) -> Result<AnyTensor, IoError> {
        self.read(name, |source, dtype, info| {
            AnyTensor::read(source, dtype, info.shape()?, ByteOrder::Little, Some(info.byte_len()))
        })
    }

    /// Reads all tensors.
    ///
    /// # Errors
    /// As [`get_as`](Self::get_as), for the first entry that cannot be read.
    pub fn read_all(&mut self) -> Result<NamedTensors, IoError> {
        let mut tensors = NamedTensors::new();
        let names: Vec<String> = self.entries().iter().map(|entry| entry.name.clone()).collect();
        for name in names {
            let tensor = self.get_any(&name)?;
            tensors.insert(&name, tensor)?;
        }
        *tensors.metadata_mut() = self.header.metadata.clone();
        Ok(tensors)
    }

    /// Reads the elements of a tensor, whose type and shape were checked, into memory.
    pub(super) fn read_into<T: Element>(&mut self, name: &str, elements: &mut [T]) -> Result<(), IoError> {
        self.read(name, |source, _, _| {
            fill_elements(elements, ByteOrder::Little, |bytes| read_exactly(source, bytes))
        })
    }

    /// Calls `read` with the source at the data of an entry; errors get file, entry and offset.
    fn read<Out>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut R, Dtype, &TensorInfo) -> Result<Out, IoError>,
    ) -> Result<Out, IoError> {
        let (source, header) = (&mut self.source, &self.header);
        let attempt = || {
            let info = header.find(name)?;
            let dtype = info.dtype()?;
            let start = header.data_start + info.offsets[0];
            source.seek(SeekFrom::Start(start)).map_err(IoError::system("seek"))?;
            read(source, dtype, info).map_err(|error| error.at(start).in_entry(name))
        };
        attempt().map_err(|error| match &self.file {
            Some(file) => error.in_file(file),
            None => error,
        })
    }

    pub(super) fn locate(&self, error: IoError) -> IoError {
        match &self.file {
            Some(file) => error.in_file(file),
            None => error,
        }
    }
}

impl NamedTensors {
    /// Reads all tensors and texts of a safetensors file.
    ///
    /// # Errors
    /// When the file cannot be read or is malformed, or a tensor is of no number type or has too many axes
    /// ([`SafetensorsReader`] reads the others).
    pub fn read_safetensors(path: impl AsRef<Path>) -> Result<Self, IoError> {
        SafetensorsReader::open(path)?.read_all()
    }

    /// Reads all tensors and texts of a source in safetensors format: a file, or bytes in a
    /// [`Cursor`](std::io::Cursor).
    ///
    /// # Errors
    /// As [`read_safetensors`](Self::read_safetensors).
    pub fn read_safetensors_from(source: impl Read + Seek) -> Result<Self, IoError> {
        SafetensorsReader::new(source)?.read_all()
    }
}
