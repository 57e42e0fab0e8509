//! The charts of a run as SVG files, drawn by the functions that draw the page.

use std::{fs, path::Path};

use anyhow::Context;
use heapgym_shared::{
    RunSpec, Sample,
    chart::{self, CHARTS, Caption, Chart, Theme, Trace, View},
};
use plotters_svg::SVGBackend;

/// Drawing units per pixel: plotters' coordinates are whole numbers, and eighths of a pixel draw
/// smooth lines.
const SCALE: u32 = 8;
const WIDTH: u32 = 900;
const HEIGHT: u32 = 280;

/// Writes `{chart}.svg` for every chart that the run has something for into a directory that is there.
///
/// # Errors
/// When a file cannot be written.
pub(super) fn write(directory: &Path, spec: &RunSpec, samples: &[Sample]) -> anyhow::Result<()> {
    for chart in CHARTS.iter().filter(|chart| chart.is_for(spec)) {
        let path = directory.join(format!("{}.svg", chart.id));
        let text = draw(chart, &[Trace { variant: &spec.variant, samples }], Theme::Light)?;
        fs::write(&path, text).with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    Ok(())
}

/// One chart as an SVG document with title and description.
fn draw(chart: &Chart, traces: &[Trace<'_>], theme: Theme) -> anyhow::Result<String> {
    let caption = Caption::Inside;
    let view = View { width: WIDTH, height: HEIGHT, scale: SCALE, theme, caption, ..View::default() };
    let mut text = String::new();
    let backend = SVGBackend::with_string(&mut text, (WIDTH * SCALE, HEIGHT * SCALE));
    chart::draw(chart, traces, &view, backend)?;
    Ok(describe(&text, chart.title, &chart::summary(chart, traces)))
}

/// Gives plotters' document its size in pixels, a role, and words for those who cannot see it.
fn describe(text: &str, title: &str, description: &str) -> String {
    let (large, small) = ((WIDTH * SCALE, HEIGHT * SCALE), (WIDTH, HEIGHT));
    let size = |(width, height)| format!("<svg width=\"{width}\" height=\"{height}\"");
    let head = format!("{} role=\"img\"", size(small));
    let text = text.replacen(&size(large), &head, 1);
    let words = format!("\n<title>{}</title>\n<desc>{}</desc>", escaped(title), escaped(description));
    match text.find("<svg").and_then(|tag| text[tag..].find('>').map(|end| tag + end + 1)) {
        Some(after_tag) => format!("{}{words}{}", &text[..after_tag], &text[after_tag..]),
        None => text,
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_has_its_size_its_role_and_its_words() {
        let text = draw(CHARTS[0], &[Trace { variant: "naive", samples: &[] }], Theme::Dark).unwrap();
        assert!(
            text.contains(r#"width="900" height="280" role="img" viewBox="0 0 7200 2240""#),
            "{}",
            &text[..200]
        );
        assert!(text.contains(&format!("<title>{}</title>", CHARTS[0].title)));
        assert_eq!(escaped("p99 < 5 & more"), "p99 &lt; 5 &amp; more");
    }
}
