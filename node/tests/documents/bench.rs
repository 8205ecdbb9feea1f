//! A converter with all that tests ask of what it makes.

use moot_node::io::document::{
    ConvertError, ConvertLimits, Converted, Converter, MemorySink, Original,
};
use moot_node::io::pages::DecodedPage;
use moot_node::room::id::BlobId;
use moot_node::room::pages::{PageIndex, PageTexts, Picture};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_moot-node");

/// A converter with a scratch folder.
pub(crate) struct Bench {
    pub(crate) folder: TempDir,
    pub(crate) converter: Converter<MemorySink>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::of(PROGRAM.into(), ConvertLimits::default())
    }

    pub(crate) fn of(program: PathBuf, limits: ConvertLimits) -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let memos = folder.path().join("converted");
        let converter = Converter::new(program, memos, MemorySink::default()).with_limits(limits);
        Self { folder, converter }
    }

    pub(crate) fn file(&self, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(format!("{}.pdf", BlobId::of(bytes).short()));
        std::fs::write(&path, bytes).expect("a scratch file");
        path
    }

    pub(crate) async fn convert(&self, bytes: &[u8]) -> Result<Converted, ConvertError> {
        self.convert_file(&self.file(bytes)).await
    }

    pub(crate) async fn convert_file(&self, path: &Path) -> Result<Converted, ConvertError> {
        self.convert_this(path.into()).await
    }

    pub(crate) async fn convert_this(&self, original: Original) -> Result<Converted, ConvertError> {
        let (progress, _) = mpsc::channel(1);
        self.converter.convert(&original, &progress, &CancellationToken::new()).await
    }

    /// Writes a file of this name.
    pub(crate) fn named(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).expect("a scratch file");
        path
    }

    pub(crate) fn index(&self, converted: &Converted) -> PageIndex {
        let bytes = self.converter.sink().get(&converted.document).expect("the index is kept");
        PageIndex::decode(&bytes).expect("the index is sound")
    }

    pub(crate) fn picture(&self, index: &PageIndex, number: u32) -> DecodedPage {
        let page = index.page(number).expect("there is this page");
        let Picture::Image { file, width, height } = page.picture else {
            panic!("page {number} has no picture: {page:?}");
        };
        let bytes = self.converter.sink().get(&file.blob).expect("the picture is kept");
        let decoded = DecodedPage::decode(&bytes).expect("the picture is sound");
        assert_eq!((decoded.width, decoded.height), (width, height), "as the index says");
        decoded
    }

    /// The colour at this place of a page, in fractions from its top left corner.
    pub(crate) fn colour(&self, index: &PageIndex, number: u32, at: (f64, f64)) -> [u8; 3] {
        let picture = self.picture(index, number);
        let (x, y) = (f64::from(picture.width) * at.0, f64::from(picture.height) * at.1);
        let place = (y as usize * picture.width as usize + x as usize) * 3;
        picture.rgb[place..][..3].try_into().expect("three bytes")
    }

    pub(crate) fn text(&self, index: &PageIndex) -> PageTexts {
        let blob = index.text.expect("there is text").blob;
        let bytes = self.converter.sink().get(&blob).expect("the text is kept");
        PageTexts::decode(&bytes).expect("the text is sound")
    }
}
