//! NumPy's archives of arrays (npz): zip archives with an npy file per array.

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use flate2::Compression;
use flate2::bufread::DeflateDecoder;
use flate2::write::DeflateEncoder;
use rawzip::path::EntryPath;
use rawzip::{
    CompressionMethod, RECOMMENDED_BUFFER_SIZE, ReaderAt, ZipArchive, ZipArchiveEntryWayfinder,
    ZipArchiveWriter, ZipFileHeaderRecord, ZipLocator,
};

use super::atomic::replace_file;
use super::{AnyTensor, IoError, IoErrorKind, NamedTensors, npy};
use crate::{Element, Tensor};

/// What NumPy appends to the names of arrays.
const SUFFIX: &str = ".npy";

/// Deflate cannot make less than one byte of this many: a length-258 copy takes two bits at least.
const MAX_INFLATION: u64 = 1032;

/// The longest name and the longest extra fields in front of the data.
const LONGEST_HEADER: usize = 2 * u16::MAX as usize;

/// A source that is read at positions.
struct Positioned<R>(Mutex<R>);

impl<R: Read + Seek> ReaderAt for Positioned<R> {
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut source = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        source.seek(SeekFrom::Start(offset))?;
        source.read(bytes)
    }
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    deflated: bool,
    uncompressed: u64,
    wayfinder: ZipArchiveEntryWayfinder,
}

/// Reads arrays of an npz file (`numpy.savez`, `numpy.savez_compressed`) by name.
///
/// ```
/// use gradus_tensor::{Tensor, io::{NamedTensors, NpzReader}};
/// # let mut tensors = NamedTensors::new();
/// # tensors.insert("x", Tensor::vector(&[1_i64, 2]))?;
/// # let mut file = Vec::new();
/// # tensors.write_npz_to(&mut file)?;
/// let reader = NpzReader::new(std::io::Cursor::new(file))?; // or open(path)
/// assert_eq!(reader.names().collect::<Vec<_>>(), ["x"]);
/// assert_eq!(reader.get::<i64>("x")?.to_vec(), [1, 2]);
/// # Ok::<(), gradus_tensor::io::IoError>(())
/// ```
pub struct NpzReader<R> {
    archive: ZipArchive<Positioned<R>>,
    names: Vec<String>,
    entries: HashMap<String, Entry>,
    file: Option<PathBuf>,
}

impl<R> fmt::Debug for NpzReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NpzReader")
            .field("file", &self.file)
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

impl NpzReader<File> {
    /// Opens a file and reads its directory.
    ///
    /// # Errors
    /// When the file cannot be read, is no zip archive, or holds anything but npy files with different names, stored
    /// or deflated.
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

impl<R: Read + Seek> NpzReader<R> {
    /// Reads the directory of an archive: a file, or bytes in a [`Cursor`](std::io::Cursor).
    ///
    /// # Errors
    /// As [`open`](NpzReader::open).
    pub fn new(mut source: R) -> Result<Self, IoError> {
        let len = source.seek(SeekFrom::End(0)).map_err(IoError::system("find the length"))?;
        let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
        let located = ZipLocator::new().locate_in_reader(Positioned(Mutex::new(source)), &mut buffer, len);
        let archive = located.map_err(|(_, error)| zip(error))?;
        let (mut names, mut entries) = (Vec::new(), HashMap::new());
        let mut records = archive.entries(&mut buffer);
        while let Some(record) = records.next_entry().map_err(zip)? {
            let (name, entry) = entry(&record)?;
            if entries.insert(name.clone(), entry).is_some() {
                return Err(IoError::from(IoErrorKind::Duplicate).in_entry(&name));
            }
            names.push(name);
        }
        if names.len() as u64 != archive.entries_hint() {
            let (claimed, found) = (archive.entries_hint(), names.len());
            let problem = format!("the archive claims {claimed} entries, its directory has {found}");
            return Err(IoErrorKind::Zip(problem.into()).into());
        }
        let reader = Self { archive, names, entries, file: None };
        reader.check_ranges()?;
        reader.check_names()?;
        Ok(reader)
    }

    /// Requires that no byte belongs to two entries: archives that inflate to far more than their size share data.
    fn check_ranges(&self) -> Result<(), IoError> {
        let mut ranges = Vec::new();
        for (name, entry) in &self.entries {
            let located = self.archive.get_entry(entry.wayfinder);
            let located = located.map_err(|error| zip(error).in_entry(name))?;
            ranges.push((located.compressed_data_range(), name));
        }
        ranges.sort();
        for pair in ranges.windows(2) {
            let (((_, end), first), ((begin, _), second)) = (&pair[0], &pair[1]);
            if begin < end {
                let other = (*first).clone();
                return Err(IoError::from(IoErrorKind::Overlap { other }).in_entry(second));
            }
        }
        Ok(())
    }

    /// Requires that each entry has one name, which stands in the directory and in front of its data: no checksum covers
    /// it.
    fn check_names(&self) -> Result<(), IoError> {
        let mut header = vec![0; LONGEST_HEADER];
        for (name, entry) in &self.entries {
            let located = self.archive.get_entry(entry.wayfinder);
            let local = located.and_then(|located| {
                let local = located.local_header(&mut header)?;
                Ok(local.file_path().as_bytes().strip_suffix(SUFFIX.as_bytes()) == Some(name.as_bytes()))
            });
            if !local.map_err(|error| zip(error).in_entry(name))? {
                let problem = "differs between the directory and the header of the data";
                return Err(IoError::from(IoErrorKind::Name { problem }).in_entry(name));
            }
        }
        Ok(())
    }

    /// The names in the order of the directory, without NumPy's suffix `.npy`.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// Reads an array of type `T`.
    ///
    /// # Errors
    /// When there is none of this name, it has another type (nothing is converted silently), or its data are damaged.
    pub fn get<T: Element>(&self, name: &str) -> Result<Tensor<T>, IoError> {
        self.read(name, |mut source, held| npy::read(&mut source, Some(held)))
    }

    /// Reads an array and converts it to type `T` as [`AnyTensor::cast`] does; half-precision floats become `f32`
    /// exactly.
    ///
    /// # Errors
    /// When there is none of this name, it holds no numbers, or its data are damaged.
    pub fn get_as<T: Element>(&self, name: &str) -> Result<Tensor<T>, IoError> {
        self.get_any(name).map(|tensor| tensor.cast())
    }

    /// Reads an array of whatever type.
    ///
    /// # Errors
    /// As [`get_as`](Self::get_as).
    pub fn get_any(&self, name: &str) -> Result<AnyTensor, IoError> {
        self.read(name, |mut source, held| npy::read_any(&mut source, Some(held)))
    }

    /// Reads all arrays.
    ///
    /// # Errors
    /// As [`get_as`](Self::get_as), for the first entry that cannot be read.
    pub fn read_all(&self) -> Result<NamedTensors, IoError> {
        let mut tensors = NamedTensors::new();
        for name in &self.names {
            tensors.insert(name, self.get_any(name)?)?;
        }
        Ok(tensors)
    }

    /// Calls `read` with the inflated bytes of an entry, whose checksum is compared at the end, and their number.
    fn read<Out>(
        &self,
        name: &str,
        read: impl FnOnce(&mut dyn Read, u64) -> Result<Out, IoError>,
    ) -> Result<Out, IoError> {
        let attempt = || {
            let Some(entry) = self.entries.get(name) else {
                return Err(IoError::missing(name, self.names()));
            };
            let located = self.archive.get_entry(entry.wayfinder).map_err(zip)?;
            let (begin, end) = located.compressed_data_range();
            // The tensor's memory is taken before its bytes are inflated, so they must be possible.
            let possible =
                if entry.deflated { (end - begin).saturating_mul(MAX_INFLATION) } else { end - begin };
            if entry.uncompressed > possible || (!entry.deflated && entry.uncompressed < possible) {
                let (claimed, expected) = (entry.uncompressed, possible);
                return Err(IoErrorKind::ClaimedSize { claimed, expected }.into());
            }
            let raw = BufReader::new(located.reader());
            if entry.deflated {
                read(&mut located.verifying_reader(DeflateDecoder::new(raw)), entry.uncompressed)
            } else {
                read(&mut located.verifying_reader(raw), entry.uncompressed)
            }
        };
        attempt().map_err(|error: IoError| {
            let error = error.in_entry(name);
            match &self.file {
                Some(file) => error.in_file(file),
                None => error,
            }
        })
    }
}

fn zip(error: rawzip::Error) -> IoError {
    IoErrorKind::Zip(error.into()).into()
}

/// Name and storage of an entry of the directory.
fn entry(record: &ZipFileHeaderRecord<'_>) -> Result<(String, Entry), IoError> {
    let path = record.file_path();
    let name = String::from_utf8_lossy(path.as_bytes());
    let check = || {
        if std::str::from_utf8(path.as_bytes()).is_err() {
            return Err(IoErrorKind::Name { problem: "is not UTF-8" });
        }
        let Some(name) = name.strip_suffix(SUFFIX) else {
            return Err(IoErrorKind::Name { problem: "does not end in .npy: the entry is no array" });
        };
        if record.flags().is_encrypted() {
            return Err(IoErrorKind::Storage { method: "encrypted".to_owned() });
        }
        let deflated = match record.compression_method() {
            CompressionMethod::STORE => false,
            CompressionMethod::DEFLATE => true,
            other => return Err(IoErrorKind::Storage { method: format!("compressed with {other}") }),
        };
        let uncompressed = record.uncompressed_size_hint();
        Ok((name.to_owned(), Entry { deflated, uncompressed, wayfinder: record.wayfinder() }))
    };
    check().map_err(|kind| IoError::from(kind).in_entry(name.strip_suffix(SUFFIX).unwrap_or(&name)))
}

impl NamedTensors {
    /// Reads all arrays of an npz file (`numpy.savez`, `numpy.savez_compressed`).
    ///
    /// # Errors
    /// When the file cannot be read, is damaged, or holds anything but arrays of numbers.
    pub fn read_npz(path: impl AsRef<Path>) -> Result<Self, IoError> {
        NpzReader::open(path)?.read_all()
    }

    /// Reads all arrays of an archive: a file, or bytes in a [`Cursor`](std::io::Cursor).
    ///
    /// # Errors
    /// As [`read_npz`](Self::read_npz).
    pub fn read_npz_from(source: impl Read + Seek) -> Result<Self, IoError> {
        NpzReader::new(source)?.read_all()
    }

    /// Writes an npz file of stored arrays, as `numpy.savez`. The file is replaced as a whole or, on an error, left as
    /// it was. The texts of [`metadata`](Self::metadata) have no place in the format.
    ///
    /// # Errors
    /// When the file cannot be written, NumPy does not have an element type (bfloat16), there are texts, or a name
    /// is not a relative path in plain form and not ASCII.
    pub fn write_npz(&self, path: impl AsRef<Path>) -> Result<(), IoError> {
        replace_file(path.as_ref(), |sink| self.write_npz_to(sink))
    }

    /// Writes an npz archive of stored arrays.
    ///
    /// # Errors
    /// As [`write_npz`](Self::write_npz).
    pub fn write_npz_to(&self, sink: impl Write) -> Result<(), IoError> {
        write(self, sink, CompressionMethod::STORE)
    }

    /// Writes an npz file of deflated arrays, as `numpy.savez_compressed`.
    ///
    /// # Errors
    /// As [`write_npz`](Self::write_npz).
    pub fn write_npz_compressed(&self, path: impl AsRef<Path>) -> Result<(), IoError> {
        replace_file(path.as_ref(), |sink| self.write_npz_compressed_to(sink))
    }

    /// Writes an npz archive of deflated arrays.
    ///
    /// # Errors
    /// As [`write_npz`](Self::write_npz).
    pub fn write_npz_compressed_to(&self, sink: impl Write) -> Result<(), IoError> {
        write(self, sink, CompressionMethod::DEFLATE)
    }
}

fn write(tensors: &NamedTensors, sink: impl Write, method: CompressionMethod) -> Result<(), IoError> {
    if let Some(text) = tensors.metadata().keys().next() {
        let problem =
            "is that of a text, which npz files cannot hold; clear the metadata or write safetensors";
        return Err(IoError::from(IoErrorKind::Name { problem }).in_entry(text));
    }
    let mut archive = ZipArchiveWriter::new(sink);
    for (name, tensor) in tensors.iter() {
        write_entry(&mut archive, name, tensor, method).map_err(|error| error.in_entry(name))?;
    }
    archive.finish().map_err(zip)?;
    Ok(())
}

fn write_entry<W: Write>(
    archive: &mut ZipArchiveWriter<W>,
    name: &str,
    tensor: &AnyTensor,
    method: CompressionMethod,
) -> Result<(), IoError> {
    let path = format!("{name}{SUFFIX}");
    if path.len() > usize::from(u16::MAX) {
        return Err(IoErrorKind::Name { problem: "exceeds the 65531 bytes of a zip archive" }.into());
    }
    // The library marks names as UTF-8 only if it may bring them into the plain form of a path; names are just names.
    let path = if path.is_ascii() {
        EntryPath::verbatim(path.into_bytes())
    } else if rawzip::path::ZipFilePath::from_str(&path).as_str() == path {
        EntryPath::conformant(path)
    } else {
        let problem = "has other letters than ASCII and is no path in plain form (`..`, `\\`, leading `/`)";
        return Err(IoErrorKind::Name { problem }.into());
    };
    let (mut entry, config) = archive.new_file(path).compression_method(method).start().map_err(zip)?;
    let descriptor = if method == CompressionMethod::DEFLATE {
        let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Compression::default()));
        npy::write_any(&mut writer, tensor)?;
        let (encoder, descriptor) = writer.finish().map_err(zip)?;
        encoder.finish().map_err(IoError::system("write"))?;
        descriptor
    } else {
        let mut writer = config.wrap(&mut entry);
        npy::write_any(&mut writer, tensor)?;
        writer.finish().map_err(zip)?.1
    };
    entry.finish(descriptor).map_err(zip)?;
    Ok(())
}
