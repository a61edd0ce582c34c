//! The command line.

/// What to time, and how.
pub(crate) struct Arguments {
    pub(crate) works: Vec<String>,
    pub(crate) threads: usize,
    pub(crate) dtypes: Vec<String>,
    /// Seconds per figure.
    pub(crate) budget: f64,
    /// A file that lines are appended to.
    pub(crate) out: Option<String>,
    /// Only sizes that start with this text.
    pub(crate) size: String,
    /// The folder of the points and values of work N.
    pub(crate) dump: String,
}

impl Arguments {
    /// Reads `--name value` pairs.
    ///
    /// # Errors
    /// When a name is unknown or a value is missing or not of its kind.
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self {
            works: Vec::new(),
            threads: 1,
            dtypes: list("f32,f64"),
            budget: 0.4,
            out: None,
            size: String::new(),
            dump: default_dump(),
        };
        while let Some(name) = words.next() {
            let value = words.next().ok_or_else(|| format!("{name}: a value is missing"))?;
            match name.as_str() {
                "--works" => arguments.works = list(&value),
                "--threads" => arguments.threads = number(&name, &value)?,
                "--dtypes" => arguments.dtypes = list(&value),
                "--budget" => arguments.budget = number(&name, &value)?,
                "--out" => arguments.out = Some(value),
                "--size" => arguments.size = value,
                "--dump" => arguments.dump = value,
                _ => return Err(format!("{name}: no such option")),
            }
        }
        Ok(arguments)
    }

    /// Whether figures for this element type are asked for.
    pub(crate) fn wants(&self, dtype: &str) -> bool {
        self.dtypes.iter().any(|asked| asked == dtype)
    }
}

/// `acc` in the folder that the variable `PEERBENCH` names, where the programs of the other libraries look, or here.
fn default_dump() -> String {
    std::env::var("PEERBENCH").map_or_else(|_| "acc".to_owned(), |folder| format!("{folder}/acc"))
}

fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::to_owned).collect()
}

fn number<N: std::str::FromStr>(name: &str, value: &str) -> Result<N, String> {
    value.parse().map_err(|_| format!("{name} {value}: not a number"))
}
