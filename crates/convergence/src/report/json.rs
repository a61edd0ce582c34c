//! The rows of a study as JSON.

use std::path::Path;

use crate::study::Row;

/// Writes the rows as a JSON array, one object per line, through a temporary file beside `path`, so that an
/// interrupted run never leaves half a file.
///
/// # Errors
/// When the folder or the file cannot be written.
pub fn write_json(rows: &[Row], path: &Path) -> std::io::Result<()> {
    let objects: Vec<String> = rows.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    let text = format!("[\n{}\n]\n", objects.join(",\n"));
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let partial = path.with_extension("json.partial");
    std::fs::write(&partial, text)?;
    std::fs::rename(&partial, path)
}
