//! The header of npy files: a Python dictionary literal with three keys.

use std::io::Read;

use super::super::bytes::{ByteOrder, checked_shape, read_exactly, read_up_to};
use super::super::{Dtype, IoError, IoErrorKind};
use crate::Shape;

pub(super) const MAGIC: &[u8; 6] = b"\x93NUMPY";

/// Headers of arrays without fields have some hundred bytes; NumPy itself reads 10 000 at most.
const MAX_HEADER: u64 = 1 << 16;

/// NumPy starts data on multiples of this.
const ALIGNMENT: usize = 64;

/// NumPy leaves room for an axis to grow to this many digits.
const GROWTH_DIGITS: usize = 21;

/// What the header says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Header {
    pub(super) dtype: Dtype,
    pub(super) order: ByteOrder,
    /// Whether the first index changes fastest.
    pub(super) fortran: bool,
    pub(super) shape: Shape,
    /// The bytes in front of the elements.
    pub(super) len: u64,
}

impl Header {
    /// Reads signature, version and header; the source then stands at the elements.
    pub(super) fn read(source: &mut impl Read) -> Result<Self, IoError> {
        let start = read_up_to(source, MAGIC.len() as u64 + 2)?;
        if !start.starts_with(MAGIC) {
            let found = start[..start.len().min(MAGIC.len())].to_vec();
            return Err(IoError::from(IoErrorKind::Signature { format: "npy", found }).at(0));
        }
        let &[major, minor] = &start[MAGIC.len()..] else {
            let (needed, available) = (2, (start.len() - MAGIC.len()) as u64);
            return Err(IoError::from(IoErrorKind::Truncated { needed, available }).at(MAGIC.len() as u64));
        };
        let (length_at, length_size) = (start.len() as u64, if major == 1 { 2 } else { 4 });
        if !(1..=3).contains(&major) || minor != 0 {
            return Err(
                IoError::from(IoErrorKind::Version { format: "npy", major, minor }).at(MAGIC.len() as u64)
            );
        }
        let mut length = [0; 4];
        read_exactly(source, &mut length[..length_size]).map_err(|error| error.at(length_at))?;
        let length = u64::from(u32::from_le_bytes(length));
        if length > MAX_HEADER {
            return Err(IoError::from(IoErrorKind::HeaderTooLong { length, limit: MAX_HEADER }).at(length_at));
        }
        let header_at = length_at + length_size as u64;
        let text = read_up_to(source, length)?;
        if (text.len() as u64) < length {
            let available = text.len() as u64;
            return Err(IoError::from(IoErrorKind::Truncated { needed: length, available }).at(header_at));
        }
        let fields = Literal { text: &text, position: 0 }
            .fields()
            .map_err(|(position, problem)| IoError::header(problem).at(header_at + position as u64))?;
        let (order, dtype) = parse_descr(&fields.descr).map_err(|error| error.at(header_at))?;
        let shape = checked_shape(&fields.shape).map_err(|error| error.at(header_at))?;
        Ok(Self { dtype, order, fortran: fields.fortran, shape, len: header_at + length })
    }

    /// The bytes of a file of version 1.0 up to the elements, exactly as NumPy writes them; `None` if NumPy has no
    /// such type.
    pub(super) fn write(dtype: Dtype, shape: Shape) -> Option<Vec<u8>> {
        let order = if dtype.size() == 1 { '|' } else { '<' };
        let extents: Vec<String> = shape.iter().map(usize::to_string).collect();
        let comma = if extents.len() == 1 { "," } else { "" };
        let growth = extents.first().map_or(0, |first| GROWTH_DIGITS - first.len());
        let dictionary = format!(
            "{{'descr': '{order}{}', 'fortran_order': False, 'shape': ({}{comma}), }}{:growth$}",
            dtype.npy()?,
            extents.join(", "),
            ""
        );
        let unpadded = MAGIC.len() + 4 + dictionary.len() + 1;
        // A header that would fit gets a whole line of spaces, as from NumPy.
        let padding = ALIGNMENT - unpadded % ALIGNMENT;
        let length = (dictionary.len() + padding + 1) as u16;
        let mut bytes = [MAGIC.as_slice(), &[1, 0], &length.to_le_bytes(), dictionary.as_bytes()].concat();
        bytes.resize(bytes.len() + padding, b' ');
        bytes.push(b'\n');
        Some(bytes)
    }
}

impl Header {
    /// The shape in the order in which the elements stand in the file.
    pub(super) fn stored_shape(&self) -> Shape {
        if self.fortran { self.shape.iter().rev().copied().collect() } else { self.shape }
    }
}

/// The dictionary's values.
struct Fields {
    descr: String,
    fortran: bool,
    shape: Vec<u64>,
}

/// Byte order and type of a description such as `<f4`.
fn parse_descr(descr: &str) -> Result<(ByteOrder, Dtype), IoError> {
    let unsupported = |remedy| {
        Err(IoErrorKind::UnsupportedDtype { dtype: format!("'{}'", descr.escape_debug()), remedy }.into())
    };
    let (order, kind) = match descr.split_at_checked(1) {
        Some((">", kind)) => (ByteOrder::Big, kind),
        Some(("<" | "|", kind)) => (ByteOrder::Little, kind),
        Some(("=", kind)) => (ByteOrder::NATIVE, kind),
        _ => return unsupported("save numbers or truth values"),
    };
    match Dtype::from_npy(kind) {
        Some(dtype) => Ok((order, dtype)),
        None => unsupported(match kind.as_bytes().first() {
            Some(b'O') => "objects are pickled Python code: convert with astype before saving",
            Some(b'U' | b'S' | b'a') => "texts are no numbers: save codes, and the texts apart",
            Some(b'M' | b'm') => "save times as numbers: astype('int64')",
            Some(b'c') => "save the real and the imaginary parts apart",
            Some(b'V') => "save raw bytes as uint8, fields as an array each",
            _ => "convert with astype before saving",
        }),
    }
}

/// A position in the text of a Python literal.
struct Literal<'a> {
    text: &'a [u8],
    position: usize,
}

/// The position of a problem and the problem.
type Problem = (usize, String);

impl Literal<'_> {
    fn fields(mut self) -> Result<Fields, Problem> {
        let (mut descr, mut fortran, mut shape) = (None, None, None);
        self.expect(b'{')?;
        while !self.accept(b'}') {
            let at = self.position;
            let key = self.string()?;
            self.expect(b':')?;
            let duplicate = match key.as_str() {
                "descr" => descr.replace(self.descr()?).is_some(),
                "fortran_order" => fortran.replace(self.boolean()?).is_some(),
                "shape" => shape.replace(self.tuple()?).is_some(),
                _ => return Err((at, format!("unknown key {key:?}"))),
            };
            if duplicate {
                return Err((at, format!("key {key:?} stands twice")));
            }
            if !self.accept(b',') {
                self.expect(b'}')?;
                break;
            }
        }
        self.skip_space();
        if self.position < self.text.len() {
            return Err((self.position, "text follows the dictionary".to_owned()));
        }
        let missing = |key: &str| (0, format!("key {key:?} is missing"));
        Ok(Fields {
            descr: descr.ok_or_else(|| missing("descr"))?,
            fortran: fortran.ok_or_else(|| missing("fortran_order"))?,
            shape: shape.ok_or_else(|| missing("shape"))?,
        })
    }

    fn skip_space(&mut self) {
        while self.text.get(self.position).is_some_and(u8::is_ascii_whitespace) {
            self.position += 1;
        }
    }

    fn accept(&mut self, byte: u8) -> bool {
        self.skip_space();
        let found = self.text.get(self.position) == Some(&byte);
        self.position += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Result<(), Problem> {
        if self.accept(byte) { Ok(()) } else { self.unexpected(&format!("'{}'", byte as char)) }
    }

    fn unexpected<R>(&self, expected: &str) -> Result<R, Problem> {
        let found = match self.text.get(self.position) {
            Some(byte) => format!("'{}'", byte.escape_ascii()),
            None => "the end".to_owned(),
        };
        Err((self.position, format!("{expected} expected, {found} found")))
    }

    /// A description: a text, or the list of a structured type, which no tensor holds.
    fn descr(&mut self) -> Result<String, Problem> {
        if !self.accept(b'[') {
            return self.string();
        }
        // Told apart from malformed headers, so that the error says what the file holds.
        let mut depth = 1_usize;
        while depth > 0 {
            match self.text.get(self.position) {
                Some(b'[') => depth += 1,
                Some(b']') => depth -= 1,
                Some(_) => {}
                None => return self.unexpected("']'"),
            }
            self.position += 1;
        }
        Ok("|V (fields)".to_owned())
    }

    fn string(&mut self) -> Result<String, Problem> {
        self.skip_space();
        let Some(quote @ (b'\'' | b'"')) = self.text.get(self.position).copied() else {
            return self.unexpected("a text in quotes");
        };
        let rest = &self.text[self.position + 1..];
        let Some(len) = rest.iter().position(|&byte| byte == quote) else {
            return Err((self.position, "the text has no closing quote".to_owned()));
        };
        self.position += len + 2;
        Ok(String::from_utf8_lossy(&rest[..len]).into_owned())
    }

    fn boolean(&mut self) -> Result<bool, Problem> {
        self.skip_space();
        for (word, value) in [("True", true), ("False", false)] {
            if self.text[self.position..].starts_with(word.as_bytes()) {
                self.position += word.len();
                return Ok(value);
            }
        }
        self.unexpected("True or False")
    }

    fn tuple(&mut self) -> Result<Vec<u64>, Problem> {
        let mut extents = Vec::new();
        self.expect(b'(')?;
        while !self.accept(b')') {
            extents.push(self.extent()?);
            // Python 2 wrote long integers with a suffix.
            if self.text.get(self.position) == Some(&b'L') {
                self.position += 1;
            }
            if !self.accept(b',') {
                if extents.len() == 1 {
                    return self.unexpected("',' (a tuple of one number)");
                }
                self.expect(b')')?;
                break;
            }
        }
        Ok(extents)
    }

    fn extent(&mut self) -> Result<u64, Problem> {
        self.skip_space();
        let rest = &self.text[self.position..];
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = std::str::from_utf8(&rest[..digits]).unwrap_or_default().parse();
        match number {
            Ok(extent) => {
                self.position += digits;
                Ok(extent)
            }
            Err(_) if digits > 0 => Err((self.position, "the extent exceeds 64 bits".to_owned())),
            Err(_) => self.unexpected("an extent"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_written_as_numpy_does() {
        let header = Header::write(Dtype::F32, Shape::from([2, 3])).unwrap();
        let text = b"\x93NUMPY\x01\0v\0{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
        assert!(header.starts_with(text), "{}", header.escape_ascii());
        assert_eq!((header.len(), header.last()), (128, Some(&b'\n')));
        assert_eq!(Header::write(Dtype::Bf16, Shape::from([2])), None);
    }

    #[test]
    fn what_is_written_is_read() {
        for (dtype, shape) in [
            (Dtype::Bool, Shape::from([])),
            (Dtype::I16, Shape::from([7])),
            (Dtype::F64, Shape::from([1; 8])),
            (Dtype::U64, Shape::from([usize::MAX >> 1, 1])),
        ] {
            let bytes = Header::write(dtype, shape).unwrap();
            let header = Header::read(&mut bytes.as_slice()).unwrap();
            let len = bytes.len() as u64;
            assert_eq!(header, Header { dtype, order: ByteOrder::Little, fortran: false, shape, len });
            assert_eq!(len % ALIGNMENT as u64, 0);
        }
    }
}
