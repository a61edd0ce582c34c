//! Parameters in files.

use std::collections::HashSet;
use std::io::{Read, Seek, Write};
use std::path::Path;

use super::any::mismatch;
use super::{Dtype, IoError, IoErrorKind, NamedTensors, SafetensorsReader};
use crate::{Params, Real, Tensor};

impl<T: Real> Params<T> {
    /// Writes a safetensors file with one tensor per parameter, under its path. The file is replaced as a whole or, on
    /// an error, left as it was. To add texts: [`NamedTensors::from`] the parameters.
    ///
    /// ```
    /// use gradus_tensor::{Params, Tensor};
    /// # let folder = std::env::temp_dir().join(format!("gradus-params-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder).unwrap();
    /// # let path = folder.join("model.safetensors");
    /// let mut params = Params::<f32>::new();
    /// params.add("layer.weight", &Tensor::ones([3, 2]))?;
    /// params.save_safetensors(&path)?;
    ///
    /// params.as_mut_slice().fill(0.0);
    /// params.load_safetensors(&path)?;
    /// assert_eq!(params.as_slice(), [1.0; 6]);
    /// # std::fs::remove_dir_all(&folder).unwrap();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the file cannot be written, or a parameter has the name `__metadata__`, which the format reserves.
    pub fn save_safetensors(&self, path: impl AsRef<Path>) -> Result<(), IoError> {
        NamedTensors::from(self).write_safetensors(path)
    }

    /// Writes the parameters in safetensors format.
    ///
    /// # Errors
    /// When the sink refuses, or a parameter has the name `__metadata__`, which the format reserves.
    pub fn save_safetensors_to(&self, sink: impl Write) -> Result<(), IoError> {
        NamedTensors::from(self).write_safetensors_to(sink)
    }

    /// Sets all parameters from a safetensors file that holds exactly these: the same paths, in any order, the same
    /// shapes, the same element type.
    ///
    /// # Errors
    /// When the file cannot be read or is malformed, or a parameter is missing, misshapen, of another type or unknown;
    /// the text names it. Then nothing changes.
    pub fn load_safetensors(&mut self, path: impl AsRef<Path>) -> Result<(), IoError> {
        let path = path.as_ref();
        SafetensorsReader::open(path)
            .and_then(|mut reader| self.load(&mut reader))
            .map_err(|error| error.in_file(path))
    }

    /// Sets all parameters from a source in safetensors format.
    ///
    /// # Errors
    /// As [`load_safetensors`](Self::load_safetensors).
    pub fn load_safetensors_from(&mut self, source: impl Read + Seek) -> Result<(), IoError> {
        self.load(&mut SafetensorsReader::new(source)?)
    }

    fn load<R: Read + Seek>(&mut self, reader: &mut SafetensorsReader<R>) -> Result<(), IoError> {
        for id in self.ids() {
            let info = reader.info(self.name(id))?;
            let dtype = info.dtype()?;
            let check = || {
                if dtype != Dtype::of::<T>() {
                    return Err(mismatch::<T>(dtype));
                }
                let (expected, found) = (self.get(id).shape(), info.shape()?);
                if found != expected {
                    return Err(IoErrorKind::ShapeMismatch { expected, found }.into());
                }
                Ok(())
            };
            check().map_err(|error| error.in_entry(info.name()))?;
        }
        let paths: HashSet<&str> = self.ids().map(|id| self.name(id)).collect();
        if let Some(extra) = reader.entries().iter().find(|entry| !paths.contains(entry.name())) {
            return Err(IoError::from(IoErrorKind::Unexpected).in_entry(extra.name()));
        }
        let mut slab = Tensor::zeros([self.len()]);
        for id in self.ids() {
            reader.read_into(self.name(id), &mut slab.make_mut()[self.range(id)])?;
        }
        self.as_mut_slice().copy_from_slice(slab.elements());
        Ok(())
    }
}
