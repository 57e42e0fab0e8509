//! A chart as an SVG document, drawn by the function that draws the page.

use heapgym_shared::chart::{self, Trace};
use plotters_svg::SVGBackend;

use super::Picture;

/// The document, with a title and a description.
///
/// # Errors
/// When it cannot be drawn.
pub fn svg(picture: &Picture, traces: &[Trace<'_>]) -> anyhow::Result<String> {
    let view = picture.view(traces);
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

/// Text as markup has it.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
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
}
