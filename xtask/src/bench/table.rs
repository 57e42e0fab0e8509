//! A Markdown table whose columns are also straight in a terminal.

/// The heads of the columns and the cells under them; the first column to the left, figures to the right.
pub(super) fn markdown<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> String {
    let width =
        |column: usize| rows.iter().map(|row| row[column].chars().count()).chain([head[column].len()]).max();
    let widths: [usize; N] = std::array::from_fn(|column| width(column).unwrap_or(0).max(3));
    let line = |cells: [&str; N]| {
        let cells = cells.iter().zip(widths).enumerate().map(|(column, (cell, width))| match column {
            0 => format!("{cell:width$}"),
            _ => format!("{cell:>width$}"),
        });
        format!("| {} |", cells.collect::<Vec<_>>().join(" | "))
    };
    let rule = std::array::from_fn::<_, N, _>(|column| match column {
        0 => "-".repeat(widths[0]),
        _ => format!("{}:", "-".repeat(widths[column] - 1)),
    });
    let body = rows.iter().map(|row| line(row.each_ref().map(String::as_str)));
    [line(head), line(rule.each_ref().map(String::as_str))]
        .into_iter()
        .chain(body)
        .collect::<Vec<_>>()
        .join("\n")
}

/// A cell of a figure that not every tool gives.
pub(super) fn known(figure: Option<String>) -> String {
    figure.unwrap_or_else(|| "not told".to_owned())
}

/// Bytes in a MiB.
pub(super) const MIB: f64 = 1_048_576.0;

/// Bytes as they are shown everywhere in the results.
pub(super) fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / MIB)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["wrk".to_owned(), "12345".to_owned()], ["heapgym".to_owned(), "9".to_owned()]];
        let table = "| tool    |   req |\n| ------- | ----: |\n| wrk     | 12345 |\n| heapgym |     9 |";
        assert_eq!(markdown(["tool", "req"], &rows), table);
    }
}
