//! Files that are replaced as a whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::IoError;

/// A file that is removed unless it was moved away.
struct Temporary {
    path: PathBuf,
    moved: bool,
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.moved {
            // Nothing is left to do when that fails, too.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// A new file beside `target`: a rename is atomic only within a file system.
fn create_beside(target: &Path) -> io::Result<(Temporary, File)> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let name = target.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidFilename))?;
    loop {
        let mut temporary = OsString::from(".");
        temporary.push(name);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        temporary.push(format!(".{}-{count}.tmp", std::process::id()));
        let path = target.with_file_name(temporary);
        match File::create_new(&path) {
            Ok(file) => return Ok((Temporary { path, moved: false }, file)),
            // Left behind by a killed process of the same number.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

/// Writes a file beside `path`, brings it to the disk, and then gives it the name `path`: on failure, and when the
/// power goes, the old file is as it was. Links are followed, permissions of an old file kept.
pub(super) fn replace_file(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<(), IoError>,
) -> Result<(), IoError> {
    let attempt = || {
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let (mut temporary, file) = create_beside(&target).map_err(IoError::system("create a file here"))?;
        let mut writer = BufWriter::with_capacity(1 << 20, file);
        write(&mut writer)?;
        writer.flush().map_err(IoError::system("write"))?;
        let file = writer.get_ref();
        if let Ok(old) = fs::metadata(&target) {
            file.set_permissions(old.permissions()).map_err(IoError::system("set permissions"))?;
        }
        file.sync_all().map_err(IoError::system("write to the disk"))?;
        fs::rename(&temporary.path, &target).map_err(IoError::system("replace the file"))?;
        temporary.moved = true;
        // The new name, too; file systems that cannot sync a folder have nothing to lose there.
        let folder =
            target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
        Ok(())
    };
    attempt().map_err(|error: IoError| error.in_file(path))
}
