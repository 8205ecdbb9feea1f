//! Type: Inter for Latin, the system's own face for Chinese, Material Symbols for pictures.
//!
//! egui 0.35 asks no system for fonts, so the Chinese face is looked for here, by name, a
//! Simplified Chinese one first: whatever the system's locale, 骨 must look as it does in Beijing.

use crate::theme::Weight;
use egui::{Context, FontData, FontDefinitions, FontFamily};
use fontdb::{Database, Family, Query, Source};
use std::sync::Arc;

/// Families with Simplified Chinese, the best first: Noto and Source Han (Linux), WenQuanYi and
/// Droid (small Linux packages), then what Windows and macOS bring.
const CHINESE: [&str; 12] = [
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "Microsoft YaHei",
    "PingFang SC",
    "Heiti SC",
    "SimSun",
    "Noto Sans CJK JP",
];

/// Bytes of the largest font file that is taken: Noto Sans CJK's collection has 20 MB.
const FONT_BYTES: u64 = 64 << 20;

/// The name under which the Chinese face is installed.
const CHINESE_FACE: &str = "Chinese";

/// Whether Chinese can be drawn.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ChineseFace {
    /// With this family of the system.
    Found(String),
    /// There is none: boxes.
    Missing,
}

/// Installs what the program brings; cheap, before the first frame.
pub fn install(ctx: &Context) {
    ctx.set_fonts(definitions(None));
}

/// Looks for a Chinese face among the system's fonts and installs it: 50–100 ms and the mapping of
/// a large file, so on a thread of its own, after the first frame.
pub fn install_chinese(ctx: &Context) -> ChineseFace {
    let Some((family, data)) = chinese() else { return ChineseFace::Missing };
    ctx.set_fonts(definitions(Some(data)));
    ctx.request_repaint();
    ChineseFace::Found(family)
}

fn definitions(chinese: Option<FontData>) -> FontDefinitions {
    let mut fonts = FontDefinitions::empty();
    let faces: [(Weight, &'static [u8]); 3] = [
        (Weight::Regular, include_bytes!("../assets/fonts/Inter-Regular.otf")),
        (Weight::Medium, include_bytes!("../assets/fonts/Inter-Medium.otf")),
        (Weight::SemiBold, include_bytes!("../assets/fonts/Inter-SemiBold.otf")),
    ];
    for (weight, bytes) in faces {
        let name = weight.family_name();
        fonts.font_data.insert(name.into(), Arc::new(FontData::from_static(bytes)));
        fonts.families.insert(weight.family(), vec![name.into()]);
    }
    let regular = Weight::Regular.family_name().to_owned();
    fonts.families.insert(FontFamily::Monospace, vec![regular]);
    let icons = egui_material_icons::font_insert();
    let icon_families: Vec<_> = icons.families.iter().map(|insert| insert.family.clone()).collect();
    fonts.font_data.insert(icons.name.clone(), Arc::new(icons.data));
    for family in icon_families {
        fonts.families.entry(family).or_default().push(icons.name.clone());
    }
    if let Some(data) = chinese {
        fonts.font_data.insert(CHINESE_FACE.into(), Arc::new(data));
        for family in fonts.families.values_mut() {
            family.push(CHINESE_FACE.into());
        }
    }
    fonts
}

/// The best Chinese face of this system: its family and its bytes.
fn chinese() -> Option<(String, FontData)> {
    let mut system = Database::new();
    system.load_system_fonts();
    CHINESE.into_iter().find_map(|family| {
        let query = Query { families: &[Family::Name(family)], ..Query::default() };
        let face = system.face(system.query(&query)?)?;
        let (Source::File(path) | Source::SharedFile(path, _)) = &face.source else { return None };
        if std::fs::metadata(path).ok()?.len() > FONT_BYTES {
            return None;
        }
        let mut data = FontData::from_owned(std::fs::read(path).ok()?);
        data.index = face.index;
        Some((family.to_owned(), data))
    })
}
