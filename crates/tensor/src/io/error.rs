//! Why a file could not be read or written: the place, and what is wrong there.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::Shape;

/// Names of entries that an error lists at most.
const LISTED: usize = 12;

/// An error about a file, or about a stream in the format of one.
///
/// The text begins with what is known of the place, `weights.npz: "layer.bias": byte 128: …`.
pub struct IoError(Box<Located>);

#[derive(Debug)]
struct Located {
    file: Option<PathBuf>,
    entry: Option<String>,
    offset: Option<u64>,
    kind: IoErrorKind,
}

/// What is wrong at the place that an [`IoError`] names.
#[derive(Debug)]
#[non_exhaustive]
pub enum IoErrorKind {
    /// The operating system, or the reader or writer given, refused an operation.
    System {
        /// The operation.
        doing: &'static str,
        /// The refusal.
        source: io::Error,
    },
    /// The data end too early.
    Truncated {
        /// The bytes that are needed from the place on.
        needed: u64,
        /// The bytes that are there.
        available: u64,
    },
    /// Bytes follow where the data should end.
    Trailing {
        /// The number of bytes after the end.
        bytes: u64,
    },
    /// The first bytes are not those of the format.
    Signature {
        /// The format.
        format: &'static str,
        /// The bytes found.
        found: Vec<u8>,
    },
    /// A version of the format that this crate does not know.
    Version {
        /// The format.
        format: &'static str,
        /// The major version.
        major: u8,
        /// The minor version.
        minor: u8,
    },
    /// A header claims to be longer than any sensible one.
    HeaderTooLong {
        /// The length claimed, in bytes.
        length: u64,
        /// The longest header that is read.
        limit: u64,
    },
    /// A header does not follow the grammar of its format.
    Header {
        /// What is wrong.
        problem: String,
    },
    /// The JSON header of a safetensors file is malformed.
    Json(Box<dyn Error + Send + Sync>),
    /// A zip archive is malformed.
    Zip(Box<dyn Error + Send + Sync>),
    /// An entry of an archive is stored in a way that is not supported.
    Storage {
        /// How it is stored.
        method: String,
    },
    /// A compressed entry claims more bytes than its compressed data can hold, or than its header needs.
    ClaimedSize {
        /// The bytes claimed.
        claimed: u64,
        /// The bytes possible or needed.
        expected: u64,
    },
    /// Two entries of an archive share bytes.
    Overlap {
        /// The other entry.
        other: String,
    },
    /// Elements of a type that no tensor holds.
    UnsupportedDtype {
        /// The type's name in the file.
        dtype: String,
        /// What to do about it.
        remedy: &'static str,
    },
    /// Elements of another type than asked for.
    DtypeMismatch {
        /// The type asked for.
        expected: &'static str,
        /// The type in the file.
        found: &'static str,
    },
    /// More axes than a tensor can have.
    TooManyAxes {
        /// The extents in the file.
        extents: Vec<u64>,
    },
    /// A shape that exceeds the address space.
    Oversized {
        /// The extents in the file.
        extents: Vec<u64>,
    },
    /// Another shape than expected.
    ShapeMismatch {
        /// The shape expected.
        expected: Shape,
        /// The shape in the file.
        found: Shape,
    },
    /// The data of an entry have another length than its shape and type need.
    ByteCount {
        /// The extents in the file.
        extents: Vec<u64>,
        /// The element type in the file.
        dtype: String,
        /// The bytes that these need.
        needed: u64,
        /// The bytes that the entry has.
        found: u64,
    },
    /// The data of an entry do not begin where those of the one before it end, or end before they begin.
    Offsets {
        /// Where the data begin.
        begin: u64,
        /// Where they end.
        end: u64,
        /// Where they must begin.
        expected: u64,
    },
    /// Two entries have the same name.
    Duplicate,
    /// There is no such entry.
    Missing {
        /// The entries there are, separated by commas (the first ones, if they are many).
        known: String,
    },
    /// An entry that nobody asked for.
    Unexpected,
    /// A truth value that is neither 0 nor 1.
    InvalidBool {
        /// The position of the first such element in the file's order.
        position: usize,
        /// Its value.
        value: u8,
    },
    /// A name that the format cannot hold.
    Name {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Data that do not lie on a multiple of the element size, where they cannot be borrowed.
    Misaligned {
        /// The element type.
        dtype: &'static str,
    },
}

impl IoError {
    /// What is wrong.
    pub fn kind(&self) -> &IoErrorKind {
        &self.0.kind
    }

    /// The file, if it is known by a path.
    pub fn file(&self) -> Option<&Path> {
        self.0.file.as_deref()
    }

    /// The name of the entry of an archive.
    pub fn entry(&self) -> Option<&str> {
        self.0.entry.as_deref()
    }

    /// The position in the file (in the entry, for those of an archive) in bytes.
    pub fn offset(&self) -> Option<u64> {
        self.0.offset
    }

    pub(super) fn system(doing: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| IoErrorKind::System { doing, source }.into()
    }

    pub(super) fn header(problem: impl Into<String>) -> Self {
        IoErrorKind::Header { problem: problem.into() }.into()
    }

    /// A missing entry and the names there are.
    pub(super) fn missing<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Self {
        let mut names: Vec<&str> = known.take(LISTED + 1).collect();
        if names.len() > LISTED {
            names[LISTED] = "…";
        }
        Self::from(IoErrorKind::Missing { known: names.join(", ") }).in_entry(name)
    }

    pub(super) fn in_file(mut self, path: &Path) -> Self {
        self.0.file.get_or_insert_with(|| path.to_owned());
        self
    }

    pub(super) fn in_entry(mut self, name: &str) -> Self {
        self.0.entry.get_or_insert_with(|| name.to_owned());
        self
    }

    pub(super) fn at(mut self, offset: u64) -> Self {
        self.0.offset.get_or_insert(offset);
        self
    }
}

impl From<IoErrorKind> for IoError {
    fn from(kind: IoErrorKind) -> Self {
        Self(Box::new(Located { file: None, entry: None, offset: None, kind }))
    }
}

impl fmt::Display for IoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Located { file, entry, offset, kind } = &*self.0;
        if let Some(file) = file {
            write!(f, "{}: ", file.display())?;
        }
        if let Some(entry) = entry {
            write!(f, "{entry:?}: ")?;
        }
        if let Some(offset) = offset {
            write!(f, "byte {offset}: ")?;
        }
        kind.fmt(f)
    }
}

impl fmt::Debug for IoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for IoErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System { doing, source } => write!(f, "cannot {doing}: {source}"),
            Self::Truncated { needed, available } => {
                write!(f, "truncated: {needed} bytes are needed, {available} are there")
            }
            Self::Trailing { bytes } => write!(f, "{bytes} bytes follow where the data should end"),
            Self::Signature { format, found } => {
                write!(f, "no {format} file: it begins with \"{}\"", found.escape_ascii())
            }
            Self::Version { format, major, minor } => {
                write!(f, "{format} version {major}.{minor} is not known")
            }
            Self::HeaderTooLong { length, limit } => {
                write!(f, "the header claims {length} bytes; at most {limit} are read")
            }
            Self::Header { problem } => write!(f, "header: {problem}"),
            Self::Json(source) => write!(f, "header: {source}"),
            Self::Zip(source) => write!(f, "zip archive: {source}"),
            Self::Storage { method } => {
                write!(f, "the entry is {method}; stored and deflated entries can be read")
            }
            Self::ClaimedSize { claimed, expected } => {
                write!(f, "the archive claims {claimed} bytes for the entry, {expected} expected")
            }
            Self::Overlap { other } => write!(f, "the entry shares bytes of the archive with {other:?}"),
            Self::UnsupportedDtype { dtype, remedy } => write!(f, "no tensor holds dtype {dtype}; {remedy}"),
            Self::DtypeMismatch { expected, found } => write!(
                f,
                "dtype {found} found, {expected} expected; nothing is converted silently (`get_as` and `AnyTensor` convert)"
            ),
            Self::TooManyAxes { extents } => {
                write!(
                    f,
                    "shape {extents:?} has {} axes; tensors have at most {}",
                    extents.len(),
                    crate::MAX_RANK
                )
            }
            Self::Oversized { extents } => write!(f, "shape {extents:?} exceeds the address space"),
            Self::ShapeMismatch { expected, found } => write!(f, "shape {found} found, {expected} expected"),
            Self::ByteCount { extents, dtype, needed, found } => {
                write!(f, "shape {extents:?} of dtype {dtype} needs {needed} bytes, the entry has {found}")
            }
            Self::Offsets { begin, end, expected } => write!(
                f,
                "data offsets [{begin}, {end}]: the data must begin at {expected}, where the ones before them end, \
                 and end behind it"
            ),
            Self::Duplicate => f.write_str("the name is used twice"),
            Self::Missing { known } => write!(f, "there is no such entry; there are: {known}"),
            Self::Unexpected => f.write_str("nothing has this name; remove the entry or read it by name"),
            Self::InvalidBool { position, value } => {
                write!(f, "element {position} of dtype bool is {value}, neither 0 nor 1")
            }
            Self::Name { problem } => write!(f, "the name {problem}"),
            Self::Misaligned { dtype } => {
                write!(f, "the data are not aligned for {dtype}; read a copy instead of borrowing them")
            }
        }
    }
}

impl Error for IoError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0.kind {
            IoErrorKind::System { source, .. } => Some(source),
            IoErrorKind::Json(source) | IoErrorKind::Zip(source) => Some(&**source),
            _ => None,
        }
    }
}
