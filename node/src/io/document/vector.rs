//! SVG as a PDF takes it. Runs in the worker process only.

use crate::room::pages::PageProblem;
use pdf_writer::{Chunk, Ref};
use std::sync::Arc;
use svg2pdf::ConversionOptions;
use svg2pdf::usvg::{ImageHrefResolver, Options, Tree, fontdb};

/// Draws SVGs; the installed fonts are looked for once.
#[derive(Default)]
pub(super) struct Vectors {
    fonts: Option<Arc<fontdb::Database>>,
}

impl Vectors {
    /// The drawing as an object whose sides are 1, its name in the chunk, and its size in CSS pixels.
    pub(super) fn draw(
        &mut self,
        bytes: &[u8],
    ) -> Result<(Chunk, Ref, (f32, f32)), PageProblem> {
        let fonts = self.fonts.get_or_insert_with(|| {
            let mut fonts = fontdb::Database::new();
            fonts.load_system_fonts();
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
            ..Options::default()
        };
        let tree = Tree::from_data(bytes, &options).map_err(|_| PageProblem::Died)?;
        let drawn = svg2pdf::to_chunk(&tree, ConversionOptions::default());
        let (chunk, drawing) = drawn.map_err(|_| PageProblem::Died)?;
        Ok((chunk, drawing, (tree.size().width(), tree.size().height())))
    }
}
