//! Tables of numbers in CSV.

use std::path::Path;

use gradus_tensor::Tensor;

use crate::DataError;

/// Features `[n, d]` and a target `[n]`, read from CSV with a header line.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<String>,
    features: Tensor<f64>,
    target: Tensor<f64>,
}

/// The line on which a record starts, counted from 1.
///
/// The reader's own count stands before the empty lines, and the line feed after a carriage return, that it
/// skips in front of a record.
fn line_of(text: &str, position: Option<&csv::Position>) -> u64 {
    let bytes = text.as_bytes();
    let start = position.map_or(0, |position| position.byte() as usize).min(bytes.len());
    let skipped = bytes[start..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    let before = &bytes[..start + skipped];
    let ends = (0..before.len()).filter(|&i| match before[i] {
        b'\n' => true,
        b'\r' => before.get(i + 1) != Some(&b'\n'),
        _ => false,
    });
    1 + ends.count() as u64
}

impl Table {
    /// Reads a CSV file; the column `target` is the target, all others are features.
    ///
    /// # Errors
    /// When the file cannot be read, a cell is not a finite number, a row has another length than the header,
    /// or there is no such column, more than one, or no row. The text names file, line and column.
    pub fn read_csv(path: impl AsRef<Path>, target: &str) -> Result<Self, DataError> {
        let place = path.as_ref().display().to_string();
        let text = std::fs::read_to_string(path.as_ref())
            .map_err(|source| DataError::Io { path: place.clone(), source })?;
        Self::from_text(&text, target, &place)
    }

    /// As [`read_csv`](Self::read_csv), from text.
    ///
    /// # Errors
    /// As for `read_csv`.
    pub fn parse(text: &str, target: &str) -> Result<Self, DataError> {
        Self::from_text(text, target, "text")
    }

    fn from_text(text: &str, target: &str, place: &str) -> Result<Self, DataError> {
        let fault = |line, problem: String| DataError::Table { place: place.to_owned(), line, problem };
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
        let header = reader.headers().map_err(|error| fault(1, error.to_string()))?.clone();
        if header.is_empty() {
            return Err(fault(1, "there is no header".into()));
        }
        let mut positions = header.iter().enumerate().filter(|&(_, name)| name == target).map(|(i, _)| i);
        let position = positions.next().ok_or_else(|| {
            let known = header.iter().collect::<Vec<_>>().join(", ");
            DataError::UnknownColumn { place: place.to_owned(), column: target.to_owned(), known }
        })?;
        if positions.next().is_some() {
            return Err(fault(1, format!("there is more than one column {target:?}")));
        }
        let (mut features, mut targets) = (Vec::new(), Vec::new());
        for record in reader.records() {
            let record = record.map_err(|error| {
                let line = line_of(text, error.position());
                match *error.kind() {
                    csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                        fault(line, format!("{len} cells below a header of {expected_len}"))
                    }
                    _ => fault(line, error.to_string()),
                }
            })?;
            for (column, cell) in record.iter().enumerate() {
                let value: f64 =
                    cell.parse().ok().filter(|value: &f64| value.is_finite()).ok_or_else(|| {
                        let name = &header[column];
                        let problem = format!("column {name:?} holds {cell:?}, not a finite number");
                        fault(line_of(text, record.position()), problem)
                    })?;
                if column == position { targets.push(value) } else { features.push(value) }
            }
        }
        if targets.is_empty() {
            return Err(fault(1, "there are no rows below the header".into()));
        }
        let mut columns: Vec<String> = header.iter().map(str::to_owned).collect();
        columns.remove(position);
        let (n, d) = (targets.len(), columns.len());
        Ok(Self {
            features: Tensor::vector(&features).reshape([n, d]),
            target: Tensor::vector(&targets),
            columns,
        })
    }

    /// The names of the features.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The features, shape `[n, d]`.
    pub fn features(&self) -> &Tensor<f64> {
        &self.features
    }

    /// The target, shape `[n]`.
    pub fn target(&self) -> &Tensor<f64> {
        &self.target
    }
}
