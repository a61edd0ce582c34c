//! The rows of a study as JSON.

use std::path::{Path, PathBuf};

use crate::study::Row;

/// Writes the rows as a JSON array, one object per line, through a temporary file beside `path`, so that an
/// interrupted run never leaves half a file.
///
/// # Errors
/// When the folder or the file cannot be written.
pub fn write_json(rows: &[Row], path: &Path) -> std::io::Result<()> {
    let objects: Vec<String> = rows.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    let text = format!("[\n{}\n]\n", objects.join(",\n"));
    let partial = partial(path)?;
    std::fs::write(&partial, text)?;
    std::fs::rename(&partial, path)
}

/// Whether [`write_json`] will be able to write there: asked before a long run, not after it.
///
/// # Errors
/// When the folder cannot be made or written to.
pub fn check_writable(path: &Path) -> std::io::Result<()> {
    if path.is_dir() || path.as_os_str().to_string_lossy().ends_with(std::path::is_separator) {
        return Err(std::io::Error::new(std::io::ErrorKind::IsADirectory, "is a folder"));
    }
    let partial = partial(path)?;
    std::fs::write(&partial, "")?;
    std::fs::remove_file(&partial)
}

/// The temporary file beside `path`, whose folder exists from now on.
fn partial(path: &Path) -> std::io::Result<PathBuf> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    Ok(path.with_extension("json.partial"))
}
