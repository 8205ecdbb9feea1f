//! How a feeling is shown.

use egui_material_icons::MaterialIcon;
use egui_material_icons::icons as icon;
use moot_node::room::stanza::Feeling;
use rust_i18n::t;
use std::borrow::Cow;

/// Its picture: never an emoji, most of which the fonts lack.
pub(crate) const fn picture(feeling: Feeling) -> MaterialIcon {
    match feeling {
        Feeling::ThumbsUp => icon::ICON_THUMB_UP,
        Feeling::Applause => icon::ICON_CELEBRATION,
        Feeling::Heart => icon::ICON_FAVORITE,
        Feeling::Laugh => icon::ICON_SENTIMENT_VERY_SATISFIED,
        Feeling::Surprise => icon::ICON_SENTIMENT_EXCITED,
        Feeling::Thinking => icon::ICON_PSYCHOLOGY_ALT,
    }
}

/// Its name.
pub(crate) fn name(feeling: Feeling) -> Cow<'static, str> {
    match feeling {
        Feeling::ThumbsUp => t!("feeling.thumbs_up"),
        Feeling::Applause => t!("feeling.applause"),
        Feeling::Heart => t!("feeling.heart"),
        Feeling::Laugh => t!("feeling.laugh"),
        Feeling::Surprise => t!("feeling.surprise"),
        Feeling::Thinking => t!("feeling.thinking"),
    }
}
