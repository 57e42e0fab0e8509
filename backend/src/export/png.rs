//! A chart as PNG: its SVG in pixels, with the font that the program carries.
//!
//! plotters has a backend for pixels too, with whole coordinates: its lines would be those of another picture.

use std::{
    io::Write,
    sync::{Arc, LazyLock},
};

use anyhow::Context;
use heapgym_shared::chart::Trace;
use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{Options, Tree, fontdb::Database},
};

use super::{Picture, svg};
use crate::limits::BAND_PIXELS;

/// DejaVu Sans, Latin alone: figures of one width, and a licence that lets a program carry it (fonts/LICENSE).
static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    fonts.load_font_data(include_bytes!("../../fonts/DejaVuSans.ttf").to_vec());
    fonts.load_font_data(include_bytes!("../../fonts/DejaVuSans-Bold.ttf").to_vec());
    fonts.set_sans_serif_family("DejaVu Sans");
    Arc::new(fonts)
});

/// The file, `scale` pixels for each CSS pixel of the picture.
///
/// # Errors
/// When the picture has too many pixels, or cannot be drawn.
pub fn png(picture: &Picture, traces: &[Trace<'_>]) -> anyhow::Result<Vec<u8>> {
    pixels(picture, svg(picture, traces)?)
}

/// The same of a picture that is an SVG document already.
///
/// It is drawn and compressed in bands of [`BAND_PIXELS`]: whole, a picture of 128 megapixels takes a gigabyte, half of
/// it in the encoder's copy.
///
/// # Errors
/// When the picture has too many pixels, or cannot be drawn.
pub fn pixels(picture: &Picture, svg: String) -> anyhow::Result<Vec<u8>> {
    let (width, height) = picture.pixels()?;
    let options =
        Options { fontdb: Arc::clone(&FONTS), font_family: "DejaVu Sans".to_owned(), ..Options::default() };
    let tree = Tree::from_str(&svg, &options)?;
    drop(svg);
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let mut header = encoder.write_header()?;
    let mut writer = header.stream_writer()?;
    let rows = (BAND_PIXELS / width).clamp(1, height);
    for top in (0..height).step_by(rows as usize) {
        let mut band = Pixmap::new(width, rows.min(height - top)).context("the picture has no pixels")?;
        let scale = picture.scale as f32;
        let place = Transform::from_scale(scale, scale).post_translate(0.0, -(top as f32));
        resvg::render(&tree, place, &mut band.as_mut());
        writer.write_all(&band.take_demultiplied())?;
    }
    writer.finish()?;
    drop(header);
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_its_size_and_its_text() {
        let decode = |variant| {
            let picture = Picture { scale: 1.5, ..Picture::default() };
            let file = png(&picture, &[Trace { variant, samples: &[], size_classes: &[] }]).unwrap();
            Pixmap::decode_png(&file).unwrap()
        };
        let picture = decode("naive");
        assert_eq!((picture.width(), picture.height()), (1350, 420));
        let dark = |pixmap: &Pixmap| pixmap.pixels().iter().filter(|pixel| pixel.red() < 0x90).count();
        assert!(dark(&picture) > 500, "title, legend and labels are written");
        assert!(dark(&decode("naive and long")) > dark(&picture), "a longer name takes more ink");
    }

    #[test]
    fn bands_leave_no_seam() {
        let picture = Picture { width: 2_500, height: 1_000, scale: 2.0, ..Picture::default() };
        let traces = [Trace { variant: "naive", samples: &[], size_classes: &[] }];
        let file = Pixmap::decode_png(&png(&picture, &traces).unwrap()).unwrap();
        let tree = Tree::from_str(
            &svg(&picture, &traces).unwrap(),
            &Options {
                fontdb: Arc::clone(&FONTS),
                font_family: "DejaVu Sans".to_owned(),
                ..Options::default()
            },
        );
        let mut whole = Pixmap::new(5_000, 2_000).unwrap();
        resvg::render(&tree.unwrap(), Transform::from_scale(2.0, 2.0), &mut whole.as_mut());
        assert!(file.pixels().len() > BAND_PIXELS as usize, "it has several bands");
        assert!(file == whole, "a band differs from the same part of the whole picture");
    }
}
