//! SVG as a PDF takes it. Runs in the worker process only.

use super::fonts::CHINESE;
use crate::room::pages::PageProblem;
use pdf_writer::{Chunk, Ref};
use std::sync::Arc;
use svg2pdf::ConversionOptions;
use svg2pdf::usvg::{FontResolver, ImageHrefResolver, Options, Tree, fontdb};

/// Draws SVGs; the installed fonts are looked for once.
#[derive(Default)]
pub(super) struct Vectors {
    fonts: Option<Arc<fontdb::Database>>,
}

/// Fonts for text that asks for a family that is not installed, or for a generic one: without this it
/// would be left out. The first that is installed, of what Debian, Windows and macOS have.
fn name_families(fonts: &mut fontdb::Database) {
    const SANS: &[&str] = &["DejaVu Sans", "Noto Sans", "Liberation Sans", "Arial", "Helvetica"];
    const SERIF: &[&str] =
        &["DejaVu Serif", "Noto Serif", "Liberation Serif", "Times New Roman", "Times"];
    const MONO: &[&str] =
        &["DejaVu Sans Mono", "Noto Sans Mono", "Liberation Mono", "Courier New", "Menlo"];
    let family = |face: &fontdb::FaceInfo| face.families.first().map(|(name, _)| name.clone());
    let any = fonts.faces().find_map(family);
    let first = |names: &[&str], else_: Option<String>| {
        let installed =
            |name: &&&str| fonts.faces().any(|face| family(face).as_deref() == Some(**name));
        names.iter().find(installed).map(|name| (*name).to_owned()).or(else_)
    };
    let sans = first(SANS, any);
    let (serif, mono) = (first(SERIF, sans.clone()), first(MONO, sans.clone()));
    let (Some(sans), Some(serif), Some(mono)) = (sans, serif, mono) else { return };
    fonts.set_cursive_family(&sans);
    fonts.set_fantasy_family(&sans);
    fonts.set_sans_serif_family(sans);
    fonts.set_serif_family(serif);
    fonts.set_monospace_family(mono);
}

/// The face for a letter that the wanted one lacks: a Chinese one in simplified Chinese, where the first
/// that is found may be Japanese.
fn fallback(
    letter: char,
    tried: &[fontdb::ID],
    fonts: &mut Arc<fontdb::Database>,
) -> Option<fontdb::ID> {
    // Radicals to unified ideographs, compatibility ideographs, full-width forms, the planes beyond.
    let chinese = matches!(u32::from(letter),
        0x2e80..=0x9fff | 0xf900..=0xfaff | 0xff00..=0xffef | 0x2_0000..=0x3_ffff);
    let families: Vec<_> = CHINESE.iter().map(|name| fontdb::Family::Name(name)).collect();
    let query = fontdb::Query { families: &families, ..fontdb::Query::default() };
    let found = fonts.query(&query).filter(|face| chinese && !tried.contains(face));
    found.or_else(|| FontResolver::default_fallback_selector()(letter, tried, fonts))
}

impl Vectors {
    /// The drawing as an object whose sides are 1, its name in the chunk, and its size in CSS pixels.
    pub(super) fn draw(&mut self, bytes: &[u8]) -> Result<(Chunk, Ref, (f32, f32)), PageProblem> {
        let fonts = self.fonts.get_or_insert_with(|| {
            let mut fonts = fontdb::Database::new();
            fonts.load_system_fonts();
            name_families(&mut fonts);
            Arc::new(fonts)
        });
        let options = Options {
            fontdb: Arc::clone(fonts),
            // Pictures inside the file are drawn; nothing else of this disk is opened for it.
            resources_dir: None,
            image_href_resolver: ImageHrefResolver {
                resolve_data: ImageHrefResolver::default_data_resolver(),
                resolve_string: Box::new(|_, _| None),
            },
            font_resolver: FontResolver {
                select_font: FontResolver::default_font_selector(),
                select_fallback: Box::new(fallback),
            },
            ..Options::default()
        };
        let tree = Tree::from_data(bytes, &options).map_err(|_| PageProblem::Died)?;
        let drawn = svg2pdf::to_chunk(&tree, ConversionOptions::default());
        let (chunk, drawing) = drawn.map_err(|_| PageProblem::Died)?;
        Ok((chunk, drawing, (tree.size().width(), tree.size().height())))
    }
}
