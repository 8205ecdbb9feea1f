//! Fonts that a PDF uses and does not contain.
//!
//! hayro carries the 14 standard fonts. Without help it leaves Chinese, Japanese and Korean text
//! blank and says nothing (measured), so we look for an installed face and report when there is
//! none. Latin text always appears, at worst in another face.

use super::wire::FONTS;
use fontdb::{Database, FaceInfo, Source};
use hayro::hayro_interpret::FontResolverFn;
use hayro::hayro_interpret::font::{FallbackFontQuery, FontData, FontQuery};
use hayro::hayro_interpret::hayro_cmap::CidFamily;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Faces with simplified Chinese, in the order of preference: Debian, Windows, macOS names.
pub(super) const CHINESE: &[&str] = &[
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Noto Serif CJK SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Microsoft YaHei",
    "SimSun",
    "PingFang SC",
    "AR PL UMing CN",
];
/// Faces with traditional Chinese.
const TAIWANESE: &[&str] = &[
    "Noto Sans CJK TC",
    "Source Han Sans TC",
    "Noto Serif CJK TC",
    "Microsoft JhengHei",
    "PMingLiU",
    "PingFang TC",
    "AR PL UMing TW",
];
/// Faces with Japanese.
const JAPANESE: &[&str] = &[
    "Noto Sans CJK JP",
    "Source Han Sans",
    "Noto Serif CJK JP",
    "IPAexGothic",
    "IPAGothic",
    "VL Gothic",
    "TakaoPGothic",
    "Yu Gothic",
    "MS Gothic",
    "Hiragino Sans",
];
/// Faces with Korean.
const KOREAN: &[&str] = &[
    "Noto Sans CJK KR",
    "Source Han Sans K",
    "Noto Serif CJK KR",
    "NanumGothic",
    "UnDotum",
    "Malgun Gothic",
    "Apple SD Gothic Neo",
];
/// Faces that have some of everything.
const BROAD: &[&str] = &["Droid Sans Fallback", "Arial Unicode MS", "Unifont"];

/// Finds fonts for one document and remembers which it could not find.
#[derive(Default)]
pub(super) struct Fonts {
    /// Read on the first question only: a scan of all installed fonts takes 10 to 300 ms.
    installed: OnceLock<Database>,
    loaded: Mutex<HashMap<fontdb::ID, FontData>>,
    missing: Mutex<BTreeSet<String>>,
}

impl Fonts {
    /// What hayro asks.
    pub(super) fn resolver(self: &Arc<Self>) -> FontResolverFn {
        let fonts = Arc::clone(self);
        Arc::new(move |query| match query {
            FontQuery::Standard(standard) => Some(standard.get_font_data()),
            FontQuery::Fallback(query) => Some(
                fonts.find(query).unwrap_or_else(|| query.pick_standard_font().get_font_data()),
            ),
        })
    }

    /// Names of the fonts missed since the last call.
    pub(super) fn take_missing(&self) -> Vec<String> {
        let mut missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *missing).into_iter().collect()
    }

    fn find(&self, query: &FallbackFontQuery) -> Option<(FontData, u32)> {
        let installed = self.installed.get_or_init(|| {
            let mut database = Database::new();
            database.load_system_fonts();
            database
        });
        let families = query.character_collection.as_ref().and_then(|all| families(&all.family));
        let found = by_name(installed, query).or_else(|| by_family(installed, families?, query));
        match found {
            Some(face) => self.load(face),
            None => {
                if families.is_some() {
                    self.miss(query);
                }
                None
            }
        }
    }

    fn load(&self, face: &FaceInfo) -> Option<(FontData, u32)> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(data) = loaded.get(&face.id) {
            return Some((Arc::clone(data), face.index));
        }
        let data: FontData = match &face.source {
            Source::File(path) | Source::SharedFile(path, _) => Arc::new(std::fs::read(path).ok()?),
            Source::Binary(data) => Arc::clone(data),
        };
        loaded.insert(face.id, Arc::clone(&data));
        Some((data, face.index))
    }

    fn miss(&self, query: &FallbackFontQuery) {
        let names = [&query.font_family, &query.font_name, &query.post_script_name];
        let name = names.into_iter().flatten().next().map_or("(unnamed)", String::as_str);
        let mut missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
        if missing.len() < FONTS {
            missing.insert(name.chars().take(64).collect());
        }
    }
}

/// The face that the file names, when it is installed.
fn by_name<'a>(installed: &'a Database, query: &FallbackFontQuery) -> Option<&'a FaceInfo> {
    let same = |wanted: &Option<String>, name: &str| {
        wanted.as_deref().is_some_and(|wanted| wanted.eq_ignore_ascii_case(name))
    };
    installed.faces().find(|face| {
        same(&query.post_script_name, &face.post_script_name)
            || same(&query.font_name, &face.post_script_name)
    })
}

/// The first installed of these families, bold when asked for and there.
fn by_family<'a>(
    installed: &'a Database,
    families: &[&str],
    query: &FallbackFontQuery,
) -> Option<&'a FaceInfo> {
    families.iter().chain(BROAD).find_map(|family| {
        let mut faces =
            installed.faces().filter(|face| face.families.iter().any(|f| f.0 == *family));
        let weight = if query.is_bold { 700 } else { 400 };
        let first = faces.next()?;
        let best = faces.fold(first, |best, face| {
            let off = |face: &FaceInfo| face.weight.0.abs_diff(weight);
            if off(face) < off(best) { face } else { best }
        });
        Some(best)
    })
}

/// Families that can show a character collection; `None` when any font can.
fn families(collection: &CidFamily) -> Option<&'static [&'static str]> {
    match collection {
        CidFamily::AdobeGB1 => Some(CHINESE),
        CidFamily::AdobeCNS1 => Some(TAIWANESE),
        CidFamily::AdobeJapan1 => Some(JAPANESE),
        CidFamily::AdobeKorea1 => Some(KOREAN),
        CidFamily::AdobeIdentity | CidFamily::Custom { .. } => None,
    }
}
