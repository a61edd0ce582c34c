//! Tensors in files: bit for bit, as NumPy and the Python package safetensors read and write them, and unharmed by
//! hostile bytes. The golden files come from `tests/golden/generate_files.py`.

mod allocator;
mod hostile;
mod npy;
mod npz;
mod params;
mod replacing;
mod safetensors;
mod support;
