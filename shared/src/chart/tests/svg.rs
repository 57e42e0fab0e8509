//! The same drawing by two backends: what the page replays, and what an SVG file holds.

use super::*;

/// The commands that an SVG document stands for, as [`Commands`] writes them.
fn commands_of(document: &str) -> Vec<String> {
    let mut lines = document.lines();
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        // plotters-svg writes one element a line, and its text on the next.
        for element in line.split_inclusive('>') {
            let value = |name: &str| {
                let (_, rest) = element.split_once(&format!(" {name}=\""))?;
                rest.split_once('"').map(|(value, _)| value)
            };
            let number = |name: &str| value(name).unwrap().parse::<i64>().unwrap();
            if element.starts_with("<rect") {
                let (x, y) = (number("x"), number("y"));
                let (right, bottom) = (x + number("width"), y + number("height"));
                found.push(format!("rect {} ({x}, {y}) ({right}, {bottom})", value("fill").unwrap()));
            } else if element.starts_with("<polyline") {
                let points = value("points").unwrap().trim();
                let [color, width] = ["stroke", "stroke-width"].map(|name| value(name).unwrap());
                found.push(format!("path {color} {width} {points}"));
            } else if element.starts_with("<text") {
                let align = match value("text-anchor").unwrap() {
                    "start" => "left",
                    "middle" => "center",
                    _ => "right",
                };
                let size: f64 = value("font-size").unwrap().parse().unwrap();
                let [color, x, y] = ["fill", "x", "y"].map(|name| value(name).unwrap());
                let size = size * FONT_SIZE_PER_EM;
                found.push(format!("text {color} {size:.1} {align} ({x}, {y}) {}", lines.next().unwrap()));
            }
        }
    }
    found
}

/// The rectangles that stand for a grid of cells: one for each run of one color.
fn rects_of(command: &Command<'_>, pixels: &[u8]) -> Vec<String> {
    let Command::Cells { from, to, size, first } = command else { return vec![command.to_string()] };
    let (columns, rows) = (size.0 as usize, size.1 as usize);
    let pixels = &pixels[*first..][..4 * columns * rows];
    let edge = |from: f32, to: f32, at: usize, of: usize| {
        (f64::from(from) + (f64::from(to - from) * at as f64 / of as f64).round()) as i64
    };
    let color = |row: usize, column: usize| &pixels[4 * (row * columns + column)..][..4];
    let mut rects = Vec::new();
    for row in 0..rows {
        let mut begin = 0;
        for end in 1..=columns {
            if end < columns && color(row, end) == color(row, begin) {
                continue;
            }
            let [red, green, blue, opacity] = *color(row, begin) else { unreachable!("four bytes") };
            if opacity > 0 {
                let x = [begin, end].map(|column| edge(from.0, to.0, column, columns));
                let y = [row, row + 1].map(|row| edge(from.1, to.1, row, rows));
                rects.push(format!(
                    "rect #{red:02X}{green:02X}{blue:02X} ({}, {}) ({}, {})",
                    x[0], y[0], x[1], y[1]
                ));
            }
            begin = end;
        }
    }
    rects
}

#[test]
fn an_svg_file_holds_the_drawing_that_the_page_replays() {
    let (naive, pooled) = (changed(), run(MIB));
    let traces = [
        Trace { variant: "naive", samples: &naive, size_classes: &classes(9) },
        Trace { variant: "pooled", samples: &pooled, size_classes: &classes(1) },
    ];
    let view = View { caption: Caption::Inside, height: 240, ..view() };
    for chart in CHARTS {
        let replayed = record(chart, &traces, &view);
        let replayed: Vec<_> =
            replayed.iter().flat_map(|command| rects_of(&command, replayed.pixels())).collect();
        assert!(replayed.len() > 40, "{}", chart.id);
        assert_eq!(commands_of(&super::svg(chart, &traces, &view)), replayed, "{}", chart.id);
    }
}
