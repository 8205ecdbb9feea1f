//! Figures: ranks of a sample, and a table for people.

/// A set of measurements of one thing, in one unit.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    sorted: Vec<f64>,
}

impl Sample {
    /// From measurements in any order; what is not a number is left out.
    #[must_use]
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = values.into_iter().filter(|v| v.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        Self { sorted }
    }

    /// The same measurements without their sign.
    #[must_use]
    pub fn absolute(&self) -> Self {
        Self::of(self.sorted.iter().map(|v| v.abs()))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// The value that `percent` of them do not exceed (nearest rank); not a number when there are none.
    #[must_use]
    pub fn rank(&self, percent: f64) -> f64 {
        let rank = (percent / 100.0 * self.len() as f64).ceil() as usize;
        self.sorted.get(rank.clamp(1, self.len().max(1)) - 1).copied().unwrap_or(f64::NAN)
    }

    /// Half of them are below.
    #[must_use]
    pub fn median(&self) -> f64 {
        self.rank(50.0)
    }

    /// One in a hundred is above.
    #[must_use]
    pub fn p99(&self) -> f64 {
        self.rank(99.0)
    }

    /// The greatest.
    #[must_use]
    pub fn max(&self) -> f64 {
        self.rank(100.0)
    }
}

/// Lines up `rows` under `head`.
#[must_use]
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([head[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |cells: Vec<&str>| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:>width$}"));
        padded.collect::<Vec<_>>().join("  ") + "\n"
    };
    let rule: Vec<String> = widths.iter().map(|w| "-".repeat(*w)).collect();
    let mut text = line(head.to_vec());
    text += &line(rule.iter().map(String::as_str).collect());
    for row in rows {
        text += &line(row.iter().map(String::as_str).collect());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_nearest_ranks() {
        let sample = Sample::of((1..=200).rev().map(f64::from));
        assert_eq!(sample.median(), 100.0);
        assert_eq!(sample.p99(), 198.0);
        assert_eq!(sample.max(), 200.0);
        assert_eq!(Sample::of([-3.0, 1.0, f64::NAN]).absolute().max(), 3.0);
        assert!(Sample::default().median().is_nan());
    }

    #[test]
    fn columns_line_up() {
        let text = table(&["node", "ms"], &[vec!["Ada".into(), "12.5".into()]]);
        assert_eq!(text, "node    ms\n----  ----\n Ada  12.5\n");
    }
}
