//! Tensors borrowed from a file that lies in the address space.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Cursor;
use std::path::Path;

use memmap2::Mmap;

use super::super::bytes::elements_of;
use super::{SafetensorsReader, TensorInfo, mismatch};
use crate::io::{Dtype, IoError};
use crate::{Element, Tensor};

/// A safetensors file mapped into memory: elements are borrowed without a copy, and only the pages that are touched
/// are read. For files larger than memory, or of which little is needed; otherwise
/// [`SafetensorsReader`] is as fast, and safe.
#[derive(Debug)]
pub struct MappedSafetensors {
    reader: SafetensorsReader<Cursor<Mmap>>,
}

impl MappedSafetensors {
    /// Maps a file and reads its header.
    ///
    /// ```
    /// use gradus_tensor::{Tensor, io::{MappedSafetensors, NamedTensors}};
    /// # let folder = std::env::temp_dir().join(format!("gradus-mapped-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder).unwrap();
    /// # let path = folder.join("x.safetensors");
    /// # let mut tensors = NamedTensors::new();
    /// # tensors.insert("table", Tensor::vector(&[0.5_f32, 1.5]))?;
    /// # tensors.write_safetensors(&path)?;
    /// // SAFETY: nobody writes to the file while the program runs.
    /// let file = unsafe { MappedSafetensors::open(&path) }?;
    /// assert_eq!(file.elements::<f32>("table")?, [0.5, 1.5]);
    /// # drop(file);
    /// # std::fs::remove_dir_all(&folder).unwrap();
    /// # Ok::<(), gradus_tensor::io::IoError>(())
    /// ```
    ///
    /// # Safety
    /// As long as the value lives, nobody, in this process or another one, may change the file or make it shorter:
    /// borrowed elements would change behind Rust's back, and pages that are gone end the process. Replacing
    /// the file by renaming another one to its name, as this crate does, is fine.
    ///
    /// # Errors
    /// As [`SafetensorsReader::open`].
    pub unsafe fn open(path: impl AsRef<Path>) -> Result<Self, IoError> {
        let path = path.as_ref();
        let attempt = || {
            let file = File::open(path).map_err(IoError::system("open"))?;
            // SAFETY: the caller guarantees that the file does not change.
            let map = unsafe { Mmap::map(&file) }.map_err(IoError::system("map"))?;
            SafetensorsReader::new(Cursor::new(map))
        };
        let mut reader = attempt().map_err(|error| error.in_file(path))?;
        reader.file = Some(path.to_owned());
        Ok(Self { reader })
    }

    /// Names, types and shapes, in the order of the header.
    pub fn entries(&self) -> &[TensorInfo] {
        self.reader.entries()
    }

    /// Texts beside the tensors.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        self.reader.metadata()
    }

    /// Type and shape of a tensor.
    ///
    /// # Errors
    /// When there is none of this name; the text lists the names there are.
    pub fn info(&self, name: &str) -> Result<&TensorInfo, IoError> {
        self.reader.info(name)
    }

    /// The elements of a tensor in row-major order, borrowed from the file.
    ///
    /// # Errors
    /// When there is none of this name, it has another type, or the elements do not lie on a multiple of their size:
    /// files that this crate or the reference implementation wrote are aligned.
    pub fn elements<T: Element>(&self, name: &str) -> Result<&[T], IoError> {
        let header = &self.reader.header;
        let attempt = || {
            let info = header.find(name)?;
            let dtype = info.dtype()?;
            if dtype != Dtype::of::<T>() {
                return Err(mismatch::<T>(dtype).in_entry(name));
            }
            let bytes = &self.reader.source.get_ref()[header.data_start as usize..];
            let [begin, end] = info.offsets.map(|offset| offset as usize);
            elements_of(&bytes[begin..end])
                .map_err(|error| error.at(header.data_start + info.offsets[0]).in_entry(name))
        };
        attempt().map_err(|error| self.reader.locate(error))
    }

    /// A copy of a tensor.
    ///
    /// # Errors
    /// When there is none of this name, it has another type or too many axes.
    pub fn get<T: Element>(&self, name: &str) -> Result<Tensor<T>, IoError> {
        let mut reader = SafetensorsReader {
            source: Cursor::new(&self.reader.source.get_ref()[..]),
            header: self.reader.header.clone(),
            file: self.reader.file.clone(),
        };
        reader.get(name)
    }
}
