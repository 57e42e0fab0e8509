//! How a chart is drawn as a picture: what a link or a command asks for.

use heapgym_shared::{
    Rejection,
    chart::{CHARTS, Caption, Chart, Hidden, Stretch, Theme, TimeRange, Trace, View},
    field::{Number, Reader},
    unit::Unit,
};
use serde_json::{Map, Value};

use crate::limits::MAX_IMAGE_PIXELS;

/// A chart as a picture.
#[derive(Debug, Clone)]
pub struct Picture {
    /// What it shows.
    pub chart: &'static Chart,
    /// The series that are left out.
    pub hidden: Hidden,
    /// Its colours.
    pub theme: Theme,
    /// Its width in CSS pixels.
    pub width: u32,
    /// Its height in CSS pixels.
    pub height: u32,
    /// Whether title and legend are in it.
    pub caption: Caption,
    /// Device pixels for each of them, of formats that have pixels.
    pub scale: f64,
    /// The stretch of time that it shows; `None` for all of the run.
    pub stretch: Option<Stretch>,
}

impl Default for Picture {
    fn default() -> Self {
        let Ok(default) = Self::parse(Map::new()) else {
            unreachable!("every field has a default in its range")
        };
        default
    }
}

const WIDTH: Number = Number {
    name: "w",
    title: "Width",
    unit: Unit::Count,
    min: 200.0,
    max: 4_000.0,
    default: Some(900.0),
    whole: true,
    help: "Width in CSS pixels.",
};

const HEIGHT: Number = Number {
    name: "h",
    title: "Height",
    unit: Unit::Count,
    min: 100.0,
    max: 2_000.0,
    default: Some(280.0),
    whole: true,
    help: "Height in CSS pixels.",
};

const SCALE: Number = Number {
    name: "scale",
    title: "Scale",
    unit: Unit::Count,
    min: 0.5,
    max: 4.0,
    default: Some(2.0),
    whole: false,
    help: "Pixels of the file for each CSS pixel.",
};

impl Picture {
    /// What the words of a link ask for: `chart`, `series` (ids of metrics, with commas), `theme`, `w`, `h`, `scale`,
    /// `legend` (`true` or `false`: with title and legend, or without), and `t` (a stretch of time in milliseconds).
    ///
    /// # Errors
    /// When one is unknown or out of range, by its name.
    pub fn parse(mut words: Map<String, Value>) -> Result<Self, Rejection> {
        for number in [WIDTH, HEIGHT, SCALE] {
            if let Some(value) = words.get_mut(number.name)
                && let Some(parsed) = value.as_str().and_then(|text| text.parse::<f64>().ok())
            {
                *value = parsed.into();
            }
        }
        let words = Value::Object(words);
        let mut reader = Reader::new("", &words)?;
        let ids: Vec<&'static str> = CHARTS.iter().map(|chart| chart.id).collect();
        let id = reader.word("chart", &ids, Some("memory"))?;
        let chart = CHARTS.iter().find(|chart| chart.id == id).copied().unwrap_or(CHARTS[0]);
        let theme = match reader.word("theme", &["light", "dark"], Some("light"))? {
            "dark" => Theme::Dark,
            _ => Theme::Light,
        };
        let hidden = hidden(chart, reader.value("series"))?;
        let stretch = stretch(reader.value("t"))?;
        let (width, height) = (reader.integer(&WIDTH)? as u32, reader.integer(&HEIGHT)? as u32);
        let scale = reader.number(&SCALE)?;
        let caption = match reader.word("legend", &["true", "false"], Some("true"))? {
            "false" => Caption::Outside,
            _ => Caption::Inside,
        };
        reader.finish()?;
        Ok(Self { chart, hidden, theme, width, height, caption, scale, stretch })
    }

    /// Width and height in pixels, for a format that has pixels.
    ///
    /// # Errors
    /// When they are too many.
    pub fn pixels(&self) -> Result<(u32, u32), Rejection> {
        let pixels = |css: u32| (f64::from(css) * self.scale).round() as u32;
        let (width, height) = (pixels(self.width), pixels(self.height));
        let count = u64::from(width) * u64::from(height);
        if count > MAX_IMAGE_PIXELS {
            let megapixels = |count: u64| count as f64 / 1e6;
            return Err(Rejection::new(
                "w, h, scale",
                format!("ask for {width} × {height} pixels, which are {:.1} megapixels", megapixels(count)),
                format!("w × h × scale² of at most {} megapixels", megapixels(MAX_IMAGE_PIXELS)),
            ));
        }
        Ok((width, height))
    }

    /// The picture of another chart, with the rest as it is.
    #[must_use]
    pub fn of(self, chart: &'static Chart) -> Self {
        Self { chart, hidden: Hidden::default(), ..self }
    }

    /// The same in another look.
    #[must_use]
    pub fn with(self, theme: Theme) -> Self {
        Self { theme, ..self }
    }

    /// The instants between which it shows these runs; `None` for all of them.
    pub(super) fn range(&self, traces: &[Trace<'_>]) -> Option<TimeRange> {
        let ends = traces.iter().filter_map(|trace| trace.samples.last()).map(|sample| sample.elapsed_ns);
        let end_ns = ends.max().unwrap_or_default();
        self.stretch.map(|stretch| stretch.range(end_ns))
    }

    /// As the drawing function takes it, for these runs.
    pub(super) fn view(&self, traces: &[Trace<'_>]) -> View {
        View {
            width: self.width,
            height: self.height,
            theme: self.theme,
            hidden: self.hidden,
            caption: self.caption,
            range: self.range(traces),
            ..View::default()
        }
    }
}

fn stretch(named: Option<&Value>) -> Result<Option<Stretch>, Rejection> {
    let Some(named) = named else { return Ok(None) };
    let stretch = named.as_str().and_then(Stretch::parse);
    stretch.map(Some).ok_or_else(|| Rejection::new("t", format!("is {named}"), Stretch::ALLOWED))
}

/// All series but those that were named.
fn hidden(chart: &Chart, named: Option<&Value>) -> Result<Hidden, Rejection> {
    let mut hidden = Hidden::default();
    let Some(named) = named else { return Ok(hidden) };
    let known: Vec<&str> = chart.series.iter().map(|series| series.metric).collect();
    let named: Vec<&str> = named.as_str().unwrap_or_default().split(',').collect();
    if let Some(unknown) = named.iter().find(|name| !known.contains(name)) {
        let reason = format!("has `{unknown}`, which this chart has not");
        return Err(Rejection::new("series", reason, known.join(", ")));
    }
    (0..known.len()).filter(|index| !named.contains(&known[*index])).for_each(|index| hidden.toggle(index));
    Ok(hidden)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(words: Value) -> Result<Picture, Rejection> {
        Picture::parse(words.as_object().unwrap().clone())
    }

    #[test]
    fn nothing_said_is_memory_on_white() {
        let picture = Picture::default();
        assert_eq!((picture.chart.id, picture.theme, picture.width), ("memory", Theme::Light, 900));
        assert!(!picture.hidden.contains(0));
    }

    #[test]
    fn words_are_heard() {
        let said = json!({"chart": "rate", "theme": "dark", "w": "640", "h": "200", "scale": "1.5", "series": "offered,dropped", "legend": "false",
            "t": "1500-4000"});
        let picture = parse(said).unwrap();
        assert_eq!((picture.chart.id, picture.theme), ("rate", Theme::Dark));
        assert_eq!((picture.width, picture.height, picture.scale), (640, 200, 1.5));
        assert_eq!((picture.caption, Picture::default().caption), (Caption::Outside, Caption::Inside));
        assert_eq!(picture.range(&[]), Some(TimeRange { from_ns: 1_500_000_000, to_ns: 4_000_000_000 }));
        assert_eq!([0, 1, 2].map(|series| picture.hidden.contains(series)), [false, true, false]);
    }

    #[test]
    fn an_image_has_a_limit_however_its_pixels_come_about() {
        let pixels = |w, h, scale| Picture { width: w, height: h, scale, ..Picture::default() }.pixels();
        assert_eq!(pixels(4_000, 1_000, 2.0), Ok((8_000, 2_000)), "exactly 16 megapixels");
        for (w, h, scale) in
            [(4_000, 2_000, 4.0), (4_000, 1_001, 2.0), (4_000, 2_000, 1.5), (1_100, 1_000, 4.0)]
        {
            let refused = pixels(w, h, scale).unwrap_err();
            assert_eq!(refused.field, "w, h, scale");
            assert!(refused.to_string().contains("at most 16 megapixels"), "{refused}");
        }
    }

    #[test]
    fn what_cannot_be_drawn_is_refused_by_its_name() {
        for (said, field) in [
            (json!({"chart": "nothing"}), "chart"),
            (json!({"theme": "pink"}), "theme"),
            (json!({"w": "1e9"}), "w"),
            (json!({"h": "tall"}), "h"),
            (json!({"scale": "0"}), "scale"),
            (json!({"series": "rss,offered"}), "series"),
            (json!({"series": ""}), "series"),
            (json!({"legend": "maybe"}), "legend"),
            (json!({"t": "4000-1500"}), "t"),
            (json!({"colour": "red"}), "colour"),
        ] {
            assert_eq!(parse(said).unwrap_err().field, field);
        }
    }
}
