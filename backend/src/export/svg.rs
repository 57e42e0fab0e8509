//! A chart as an SVG document, drawn by the function that draws the page.

use heapgym_shared::chart::{self, Kind, Trace, View};
use plotters_svg::SVGBackend;

use super::Picture;
use crate::limits::MAX_HEAT_CELLS;

/// The document, with a title and a description.
///
/// # Errors
/// When it cannot be drawn.
pub fn svg(picture: &Picture, traces: &[Trace<'_>]) -> anyhow::Result<String> {
    let view = View { density: density(picture, traces), ..picture.view(traces) };
    let (width, height) = (view.width * view.scale, view.height * view.scale);
    let mut text = String::new();
    chart::draw(picture.chart, traces, &view, SVGBackend::with_string(&mut text, (width, height)))?;
    // Its size in pixels, a role, and words for those who cannot see it.
    let fine = format!("<svg width=\"{width}\" height=\"{height}\"");
    let head = format!("<svg width=\"{}\" height=\"{}\" role=\"img\"", view.width, view.height);
    let text = text.replacen(&fine, &head, 1);
    let [title, description] = [picture.chart.title, &chart::summary(picture.chart, traces)].map(escaped);
    let words = format!("\n<title>{title}</title>\n<desc>{description}</desc>");
    Ok(match text.find("<svg").and_then(|tag| text[tag..].find('>').map(|end| tag + end + 1)) {
        Some(after_tag) => format!("{}{words}{}", &text[..after_tag], &text[after_tag..]),
        None => text,
    })
}

/// Columns of the drawing for each CSS pixel: one, or fewer for a heat map that would have too many cells.
fn density(picture: &Picture, traces: &[Trace<'_>]) -> f64 {
    if picture.chart.kind != Kind::Heatmap {
        return 1.0;
    }
    let samples = traces.iter().flat_map(|trace| trace.samples);
    let ends = samples.filter_map(|sample| sample.load.as_ref()?.response_times.ends());
    let ends = ends.reduce(|(first, last), (low, high)| (first.min(low), last.max(high)));
    let rows = ends.map_or(1, |(first, last)| last - first + 1) as usize * traces.len();
    let columns = MAX_HEAT_CELLS / rows.max(1);
    (columns as f64 / f64::from(picture.width)).min(1.0)
}

/// Text as markup has it.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use heapgym_shared::{
        Sample,
        buckets::Buckets,
        chart::latency_heatmap,
        sample::{LoadReading, Phase},
    };

    use super::*;

    #[test]
    fn a_document_has_its_size_its_role_and_its_words() {
        let text =
            svg(&Picture::default(), &[Trace { variant: "naive", samples: &[], size_classes: &[] }]).unwrap();
        assert!(
            text.contains(r#"width="900" height="280" role="img" viewBox="0 0 7200 2240""#),
            "{}",
            &text[..200]
        );
        assert!(text.contains("<title>Memory</title>"));
        assert_eq!(escaped("p99 < 5 & more"), "p99 &lt; 5 &amp; more");
    }

    #[test]
    fn a_heat_map_has_a_limit_of_cells_however_wide_it_is_and_however_much_its_latencies_spread() {
        let sample = |seq: u64| {
            // Neighbours differ, so that no two cells become one.
            let latencies = (0..120)
                .map(|step| ((1_000.0 * 1.1_f64.powi(step)) as u64, 1 + (seq * 7 + step as u64) % 13));
            let response_times = Buckets::of_ascending(latencies);
            let load = Some(LoadReading { response_times, ..Default::default() });
            let elapsed_ns = seq * 20_000_000;
            Sample { seq, elapsed_ns, phase: Phase::Load, target: None, load, events: Vec::new() }
        };
        let samples: Vec<Sample> = (0..5_000).map(sample).collect();
        let trace = Trace { variant: "naive", samples: &samples, size_classes: &[] };
        let cells = |width, traces: &[Trace<'_>]| {
            let picture = Picture { width, height: 2_000, ..Picture::default() }.of(&latency_heatmap::CHART);
            svg(&picture, traces).unwrap().matches("<rect").count()
        };
        let most = cells(4_000, &[trace]);
        assert!((MAX_HEAT_CELLS / 2..MAX_HEAT_CELLS + 100).contains(&most), "{most} cells");
        assert!(cells(4_000, &[trace, trace]) < MAX_HEAT_CELLS + 100);
    }
}
