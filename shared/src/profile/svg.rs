//! A flame graph as an SVG document that explains itself.
//!
//! Its text is written here and not by plotters: plotters' backend can neither put a tooltip within a shape nor cut
//! text off at the shape's edge, and a flame graph is rectangles with text and nothing else.

use std::fmt::{self, Formatter};

use super::{
    Profile, SampleType,
    flame::{Calls, Change, Flame, Frame, label, of_change, text_color, visible},
};
use crate::{
    chart::{Theme, css_background},
    unit::Unit,
};

/// The height of a row of frames, in CSS pixels.
const ROW: u32 = 18;
/// Around everything.
const MARGIN: u32 = 12;
/// The height of a line of text.
const LINE: u32 = 18;
/// Text size. The font has a fixed width, so that a label's width is known without measuring.
const TEXT: f64 = 11.0;
/// The width of a character; fonts of a fixed width have 0.6 of their size, or a little more.
const COLUMN: f64 = TEXT * 0.605;
/// Left and right of a frame's label.
const PAD: f64 = 3.0;
/// Frames narrower than this are left out, in CSS pixels.
const NARROWEST: f64 = 0.5;
/// Narrower than this, in CSS pixels, there is no room for the words.
const LEAST_WIDTH: u32 = 200;

/// How a flame graph is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlameOptions {
    /// What is counted.
    pub sample_type: SampleType,
    /// The thread that it is of; `None` for all.
    pub thread: Option<String>,
    /// Which calls have a row of their own.
    pub calls: Calls,
    /// The colours.
    pub theme: Theme,
    /// Width in CSS pixels, at least 200; the height is what the frames take.
    pub width: u32,
    /// What was run, such as `products, pooled, at 12 s`.
    pub title: String,
    /// How it is written: it decides the colour where there is no base.
    pub variant: String,
    /// What the base is called in words, such as `naive`.
    pub base: String,
}

impl Default for FlameOptions {
    fn default() -> Self {
        Self {
            sample_type: SampleType::default(),
            thread: None,
            calls: Calls::default(),
            theme: Theme::default(),
            width: 1200,
            title: String::new(),
            variant: String::new(),
            base: "the base".to_owned(),
        }
    }
}

/// A flame graph of a profile, or of the difference between it and a base: an SVG document with a title, what the
/// whole is, a legend where colours mean something, and the whole of each frame's name and figures in its tooltip.
pub fn flame_svg(profile: &Profile, base: Option<&Profile>, options: &FlameOptions) -> String {
    let thread = options.thread.as_deref();
    let flame = match base {
        Some(base) => Flame::diff(profile, base, options.sample_type, thread),
        None => Flame::new(profile, options.sample_type, thread),
    };
    Drawing { flame: &flame, options, sample_bytes: profile.sample_bytes }.to_string()
}

/// One document.
struct Drawing<'a> {
    flame: &'a Flame,
    options: &'a FlameOptions,
    sample_bytes: u64,
}

impl fmt::Display for Drawing<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let Self { flame, options, .. } = self;
        let width = options.width.max(LEAST_WIDTH);
        let inner = f64::from(width - 2 * MARGIN);
        let layout = flame.layout(0, NARROWEST / inner, options.calls);
        let columns = (inner / COLUMN) as usize;
        let said = self.lines(layout.left_out);
        let mut lines = vec![fitted(&said[0], columns)];
        lines.extend(said[1..].iter().flat_map(|line| wrapped(line, columns)));
        let head = MARGIN + LINE * (lines.len() as u32 + u32::from(flame.is_difference)) + MARGIN / 2;
        let height = head + ROW * (layout.rows as u32) + MARGIN;
        let (ink, title) = (text_color(options.theme), escaped(&self.title()));
        write!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" role=\"img\" fill=\"{ink}\" \
             font-family=\"ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace\" font-size=\"{TEXT}\">\n\
             <title>{title}</title>\n<desc>{}</desc>\n\
             <rect width=\"{width}\" height=\"{height}\" fill=\"{}\"/>\n",
            escaped(&said[1..].join(" ")),
            css_background(options.theme),
        )?;
        for (row, line) in lines.iter().enumerate() {
            let y = MARGIN + LINE * row as u32 + LINE / 2;
            let weight = if row == 0 { " font-weight=\"bold\"" } else { "" };
            let text = escaped(line);
            writeln!(out, "<text x=\"{MARGIN}\" y=\"{y}\" dy=\"0.35em\"{weight}>{text}</text>")?;
        }
        if flame.is_difference {
            self.write_legend(out, MARGIN + LINE * lines.len() as u32)?;
        }
        for frame in &layout.frames {
            self.write_frame(out, frame, inner, head)?;
        }
        out.write_str("</svg>\n")
    }
}

impl Drawing<'_> {
    fn title(&self) -> String {
        let kind = self.options.sample_type.title();
        let thread = self.options.thread.as_ref().map(|name| format!(", thread {}", visible(name)));
        let what = match self.options.title.is_empty() {
            true => String::new(),
            false => format!(": {}", visible(&self.options.title)),
        };
        format!("{kind}{what}{}", thread.unwrap_or_default())
    }

    /// Title, what the whole is, and how exact that is.
    fn lines(&self, left_out: usize) -> Vec<String> {
        let Self { flame, options, sample_bytes } = self;
        let shown = if options.variant.is_empty() { "it" } else { &options.variant };
        let mut lines = vec![self.title(), flame.verdict(shown, &options.base)];
        if *sample_bytes > 0 {
            let each = Unit::Bytes.format(*sample_bytes as f64);
            lines.push(format!("Estimated from one sample in {each} allocated."));
        }
        if options.calls == Calls::Folded {
            lines.push("Calls that only pass on to one other are folded into that.".to_owned());
        }
        if left_out > 0 {
            let frames = if left_out == 1 { "1 frame is" } else { &format!("{left_out} frames are") };
            lines.push(format!("{frames} too narrow to draw."));
        }
        lines
    }

    fn write_legend(&self, out: &mut Formatter<'_>, top: u32) -> fmt::Result {
        let theme = self.options.theme;
        let base = fitted(&self.options.base, 16);
        let mut x = f64::from(MARGIN);
        let entries = [
            (Change::More, format!("+ more than {base}")),
            (Change::Less, "\u{2212} less".to_owned()),
            (Change::Same, "the same".to_owned()),
        ];
        for (change, words) in entries {
            let fill = of_change(change, theme);
            let (y, middle) = (top + 4, top + LINE / 2);
            writeln!(
                out,
                "<rect x=\"{x:.1}\" y=\"{y}\" width=\"16\" height=\"10\" fill=\"{fill}\"/>\
                 <text x=\"{:.1}\" y=\"{middle}\" dy=\"0.35em\">{}</text>",
                x + 20.0,
                escaped(&words)
            )?;
            x += 20.0 + COLUMN * words.chars().count() as f64 + 14.0;
        }
        Ok(())
    }

    /// A frame is a document within the document: that cuts its label off at its edge, whatever the font.
    fn write_frame(&self, out: &mut Formatter<'_>, frame: &Frame, inner: f64, head: u32) -> fmt::Result {
        let Self { flame, options, .. } = self;
        let (x, width) = (f64::from(MARGIN) + frame.x * inner, frame.width * inner);
        let y = head + ROW * frame.row as u32;
        // A pixel of background parts neighbours, where there is room for it.
        let drawn = (width - 1.0).max(NARROWEST);
        let fill = flame.fill(frame.node, options.theme, &options.variant);
        let sign = if flame.is_difference { flame.change(frame.node).sign() } else { "" };
        let columns = ((width - 2.0 * PAD) / COLUMN).max(0.0) as usize;
        let name = label(flame.name(frame.node), columns.saturating_sub(sign.chars().count()));
        let text = match name {
            Some(name) => {
                let baseline = f64::from(ROW) / 2.0 + 3.5;
                format!("<text x=\"{PAD}\" y=\"{baseline}\">{sign}{}</text>", escaped(&name))
            }
            None => String::new(),
        };
        let words = format!("{}.{}", flame.words(frame.node, &options.base), Flame::folded(frame));
        let words = escaped(&words);
        writeln!(
            out,
            "<svg x=\"{x:.2}\" y=\"{y}\" width=\"{drawn:.2}\" height=\"{}\"><title>{words}</title>\
             <rect width=\"100%\" height=\"100%\" fill=\"{fill}\"/>{text}</svg>",
            ROW - 1
        )
    }
}

/// A text in at most so many characters, cut off with an ellipsis.
fn fitted(text: &str, columns: usize) -> String {
    if text.chars().count() <= columns {
        return text.to_owned();
    }
    text.chars().take(columns.saturating_sub(1)).chain(['…']).collect()
}

/// A text in lines of at most so many characters; a word that is longer is cut off.
fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace().map(|word| fitted(word, columns)) {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= columns => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

/// A text for XML, which has no control characters, so that it is well-formed whatever a function is called.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in visible(text).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
