//! The table of a study, for a terminal.

use crate::study::{Gradients, Row};

/// The columns: head, and the cell of a row.
type Column = (&'static str, fn(&Row) -> String);

const COLUMNS: [Column; 13] = [
    ("method", |row| row.method.name().to_owned()),
    ("setting", |row| row.setting.short().to_owned()),
    ("gradients", |row| match (row.gradients, row.batch_size) {
        (Gradients::Stochastic, Some(b)) => format!("{b} drawn"),
        _ => "batch".to_owned(),
    }),
    ("claim", |row| row.claim.short().to_owned()),
    ("a-priori", |row| factor(row.a_priori_factor)),
    ("certified", |row| factor(row.worst_certified_factor)),
    ("measured", |row| factor(row.measured_worst_factor)),
    ("rate [range or 95 % interval]", |row| {
        let Some(tail) = row.tail else { return law(row) };
        let (middle, low, high) =
            row.tail_over_seeds.map_or((tail.factor, tail.low, tail.high), |i| (i.mean, i.low, i.high));
        format!("{} [{}, {}]", factor(Some(middle)), factor(Some(low)), factor(Some(high)))
    }),
    ("tail predicted", |row| factor(row.predicted_tail)),
    ("ends at", |row| row.certificate_ends.map_or_else(|| "-".to_owned(), |step| step.to_string())),
    ("viol.", |row| row.violations.to_string()),
    ("steps predicted", |row| row.predicted_steps.map_or_else(|| "-".to_owned(), |n| format!("{n:.0}"))),
    ("steps taken", |row| match row.actual_steps {
        Some(steps) => steps.to_string(),
        None => format!("gap {:.0e} at {}", row.final_relative_gap, row.steps),
    }),
];

/// One minus a small number needs the digits of the small number: 0.9₅23 would be short, but is no standard
/// notation, so six decimals, and more where those would round to 1.
fn factor(value: Option<f64>) -> String {
    match value {
        None => "-".to_owned(),
        Some(v) if v >= 1e4 => format!("{v:.1e}"),
        Some(v) if v < 1.0 && v > 0.999_99 => format!("1-{:.2e}", 1.0 - v),
        Some(v) => format!("{v:.6}"),
    }
}

fn law(row: &Row) -> String {
    use crate::fit::Shape;
    match (row.shape, row.floor) {
        (_, Some(floor)) => format!("floor at {:.1e}", floor / row.initial_gap),
        (Shape::Power, _) => "curve like a power of t".to_owned(),
        (Shape::StretchedExponential, _) => "curve like exp(-r sqrt t)".to_owned(),
        _ => "-".to_owned(),
    }
}

/// The rows as text, grouped by objective. Each group begins with the objective, its formula and constants, and ends
/// with the reasons for what is not proved or certified.
pub fn table(rows: &[Row]) -> String {
    let cells: Vec<Vec<String>> =
        rows.iter().map(|row| COLUMNS.iter().map(|(_, cell)| cell(row)).collect()).collect();
    let widths: Vec<usize> = COLUMNS
        .iter()
        .enumerate()
        .map(|(i, (head, _))| {
            let longest = cells.iter().map(|cells| cells[i].chars().count()).max().unwrap_or(0);
            longest.max(head.chars().count())
        })
        .collect();
    let write = |cells: &mut dyn Iterator<Item = &str>| {
        let mut line = String::new();
        for (cell, width) in cells.zip(&widths) {
            line.push_str(&format!("{cell:<width$}  "));
        }
        format!("{}\n", line.trim_end())
    };
    let mut text = String::new();
    let mut group = None;
    for (i, (row, cells)) in rows.iter().zip(&cells).enumerate() {
        if group != Some(&row.objective) {
            group = Some(&row.objective);
            text.push_str(&format!("\n{}: {}   {}\n", row.objective, row.formula, row.constants_in_words()));
            text.push_str(&write(&mut COLUMNS.iter().map(|&(head, _)| head)));
        }
        text.push_str(&write(&mut cells.iter().map(String::as_str)));
        if i + 1 == rows.len() || rows[i + 1].objective != row.objective {
            text.push_str(&notes(&rows[..=i]));
        }
    }
    text
}

/// The claims of the last objective's rows in words, except for what is proved: those that differ only in who is meant
/// are one line.
fn notes(rows: &[Row]) -> String {
    let Some(last) = rows.last() else { return String::new() };
    let mut notes: Vec<(String, Vec<String>)> = Vec::new();
    for row in rows.iter().filter(|row| row.objective == last.objective) {
        if row.level == Some(crate::Level::ProvedAPriori) {
            continue;
        }
        let kind = if row.gradients == Gradients::Batch { "batch" } else { "stochastic" };
        let who = format!("{} {} {kind}", row.method.name(), row.setting.short());
        let claim = row.claim.to_string();
        match notes.iter_mut().find(|(text, _)| *text == claim) {
            Some((_, names)) => names.push(who),
            None => notes.push((claim, vec![who])),
        }
    }
    notes.iter().map(|(claim, names)| format!("  - {}: {claim}\n", names.join(", "))).collect()
}
