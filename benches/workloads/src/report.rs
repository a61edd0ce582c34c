//! Figures as JSON lines.

use std::fs::{File, OpenOptions};
use std::io::Write;

use crate::arguments::Arguments;

/// Where figures go.
pub(crate) struct Report {
    threads: usize,
    out: Option<File>,
}

impl Report {
    /// # Errors
    /// When the file of `--out` cannot be opened.
    pub(crate) fn new(arguments: &Arguments) -> Result<Self, String> {
        let open = |path: &String| {
            let file = OpenOptions::new().create(true).append(true).open(path);
            file.map_err(|error| format!("--out {path}: {error}"))
        };
        Ok(Self { threads: arguments.threads, out: arguments.out.as_ref().map(open).transpose()? })
    }

    /// One figure. The texts are ours and need no escapes.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn figure(
        &mut self,
        work: &str,
        size: &str,
        dtype: &str,
        value: f64,
        unit: &str,
    ) -> Result<(), String> {
        let threads = self.threads;
        let line = format!(
            r#"{{"peer":"gradus","work":"{work}","size":"{size}","dtype":"{dtype}","threads":{threads},"value":{value:.9e},"unit":"{unit}"}}"#
        );
        println!("{line}");
        match &mut self.out {
            Some(file) => writeln!(file, "{line}").map_err(|error| format!("--out: {error}")),
            None => Ok(()),
        }
    }
}
