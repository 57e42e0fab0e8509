//! A chart as PNG: its SVG in pixels, with the font that the program carries.
//!
//! plotters has a backend for pixels too, with whole coordinates: its lines would be those of another picture.

use std::sync::{Arc, LazyLock};

use anyhow::Context;
use heapgym_shared::chart::Trace;
use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{Options, Tree, fontdb::Database},
};

use super::{Picture, svg};

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
/// When it cannot be drawn.
pub fn png(picture: &Picture, traces: &[Trace<'_>]) -> anyhow::Result<Vec<u8>> {
    let options =
        Options { fontdb: Arc::clone(&FONTS), font_family: "DejaVu Sans".to_owned(), ..Options::default() };
    let tree = Tree::from_str(&svg(picture, traces)?, &options)?;
    let pixels = |css: u32| (f64::from(css) * picture.scale).round() as u32;
    let mut pixmap =
        Pixmap::new(pixels(picture.width), pixels(picture.height)).context("the picture has no pixels")?;
    let scale = picture.scale as f32;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    Ok(pixmap.encode_png()?)
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
}
