//! Writing safetensors.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use super::super::atomic::replace_file;
use super::super::{AnyTensor, IoError, IoErrorKind, NamedTensors};
use super::header::{MAX_HEADER, METADATA};

/// The header's length is a multiple of this, so that elements of every type are aligned in a mapped file.
const ALIGNMENT: usize = 8;

impl NamedTensors {
    /// Writes a safetensors file. The file is replaced as a whole or, on an error, left as it was.
    ///
    /// # Errors
    /// When the file cannot be written, or a tensor has the name `__metadata__`, which the format reserves.
    pub fn write_safetensors(&self, path: impl AsRef<Path>) -> Result<(), IoError> {
        replace_file(path.as_ref(), |sink| self.write_safetensors_to(sink))
    }

    /// Writes in safetensors format.
    ///
    /// # Errors
    /// When the sink refuses, or a tensor has the name `__metadata__`, which the format reserves.
    pub fn write_safetensors_to(&self, mut sink: impl Write) -> Result<(), IoError> {
        // Larger elements first: then all of them lie on multiples of their size, as in the reference implementation.
        let mut data: Vec<(usize, &AnyTensor)> = self.iter().map(|(_, tensor)| tensor).enumerate().collect();
        data.sort_by_key(|(_, tensor)| std::cmp::Reverse(tensor.dtype().size()));
        let mut begins = vec![0; data.len()];
        let mut end = 0;
        for &(position, tensor) in &data {
            begins[position] = end;
            end += tensor.byte_len();
        }
        let header = header_text(self, &begins)?;
        let mut write = || {
            sink.write_all(&(header.len() as u64).to_le_bytes())?;
            sink.write_all(&header)?;
            data.iter().try_for_each(|(_, tensor)| tensor.write(&mut sink))
        };
        write().map_err(IoError::system("write"))
    }
}

/// The JSON header, in the order of the tensors, padded with spaces.
fn header_text(tensors: &NamedTensors, begins: &[u64]) -> Result<Vec<u8>, IoError> {
    let mut text = b"{".to_vec();
    if !tensors.metadata().is_empty() {
        push(&mut text, METADATA, texts(tensors.metadata()).as_bytes());
    }
    for ((name, tensor), begin) in tensors.iter().zip(begins) {
        if name == METADATA {
            let problem = "is reserved for the map of texts";
            return Err(IoError::from(IoErrorKind::Name { problem }).in_entry(name));
        }
        let (dtype, shape) = (tensor.dtype().safetensors(), tensor.shape());
        let extents: Vec<String> = shape.iter().map(usize::to_string).collect();
        let (extents, end) = (extents.join(","), begin + tensor.byte_len());
        let value = format!(r#"{{"dtype":"{dtype}","shape":[{extents}],"data_offsets":[{begin},{end}]}}"#);
        push(&mut text, name, value.as_bytes());
    }
    text.push(b'}');
    text.resize(text.len().next_multiple_of(ALIGNMENT), b' ');
    if text.len() as u64 > MAX_HEADER {
        return Err(IoErrorKind::HeaderTooLong { length: text.len() as u64, limit: MAX_HEADER }.into());
    }
    Ok(text)
}

/// Appends an entry to a map in the making.
fn push(text: &mut Vec<u8>, key: &str, value: &[u8]) {
    if text.len() > 1 {
        text.push(b',');
    }
    text.extend_from_slice(quoted(key).as_bytes());
    text.push(b':');
    text.extend_from_slice(value);
}

fn texts(map: &BTreeMap<String, String>) -> String {
    let pairs: Vec<String> =
        map.iter().map(|(key, value)| format!("{}:{}", quoted(key), quoted(value))).collect();
    format!("{{{}}}", pairs.join(","))
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
