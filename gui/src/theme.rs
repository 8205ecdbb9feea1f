//! Colours, sizes and type, by name (shared design: the look of the meeting view).
//!
//! Panels ask for a role ("surface", "weak text"), never for a colour; both themes are one table.

use egui::{
    Color32, Context, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, Style, Theme, Vec2,
    Visuals, vec2,
};

/// The colours of one theme.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tokens {
    /// Behind the page.
    pub canvas: Color32,
    /// Bars and panels.
    pub surface: Color32,
    /// Buttons and fields.
    pub raised: Color32,
    /// Lines between panels.
    pub border: Color32,
    /// Text.
    pub text: Color32,
    /// Second lines, idle icons.
    pub weak: Color32,
    /// The one accent: current page, chosen tool, open microphone, Invite, Send.
    pub accent: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// The accent as a background.
    pub accent_soft: Color32,
    /// Speaking, in step.
    pub good: Color32,
    /// Recording, leaving.
    pub bad: Color32,
    /// The same as a background.
    pub bad_soft: Color32,
    /// A raised hand.
    pub hand: Color32,
    /// It is the dark theme.
    pub dark: bool,
}

/// By day.
pub const LIGHT: Tokens = Tokens {
    canvas: Color32::from_rgb(0xF3, 0xF4, 0xF7),
    surface: Color32::from_rgb(0xFF, 0xFF, 0xFF),
    raised: Color32::from_rgb(0xF3, 0xF4, 0xF7),
    border: Color32::from_rgb(0xE5, 0xE7, 0xEC),
    text: Color32::from_rgb(0x1B, 0x1E, 0x26),
    weak: Color32::from_rgb(0x69, 0x70, 0x80),
    accent: Color32::from_rgb(0x3D, 0x5B, 0xD9),
    on_accent: Color32::from_rgb(0xFF, 0xFF, 0xFF),
    accent_soft: Color32::from_rgb(0xE9, 0xED, 0xFC),
    good: Color32::from_rgb(0x1F, 0x9D, 0x61),
    bad: Color32::from_rgb(0xD9, 0x3F, 0x4C),
    bad_soft: Color32::from_rgb(0xFD, 0xEC, 0xEE),
    hand: Color32::from_rgb(0xE0, 0x9A, 0x1F),
    dark: false,
};

/// By night.
pub const DARK: Tokens = Tokens {
    canvas: Color32::from_rgb(0x0F, 0x11, 0x16),
    surface: Color32::from_rgb(0x17, 0x1A, 0x21),
    raised: Color32::from_rgb(0x22, 0x27, 0x32),
    border: Color32::from_rgb(0x2A, 0x30, 0x3C),
    text: Color32::from_rgb(0xE8, 0xEB, 0xF2),
    weak: Color32::from_rgb(0x8F, 0x97, 0xA8),
    accent: Color32::from_rgb(0x8A, 0xA2, 0xFF),
    on_accent: Color32::from_rgb(0x0F, 0x11, 0x16),
    accent_soft: Color32::from_rgb(0x25, 0x2E, 0x4D),
    good: Color32::from_rgb(0x4C, 0xC3, 0x8A),
    bad: Color32::from_rgb(0xF2, 0x64, 0x6F),
    bad_soft: Color32::from_rgb(0x3A, 0x20, 0x26),
    hand: Color32::from_rgb(0xE0, 0x9A, 0x1F),
    dark: true,
};

/// Sizes in points (1 point = 1 pixel at 100 %).
pub mod size {
    /// Top bar's height.
    pub const TOP_BAR: f32 = 60.0;
    /// Bottom bar's height.
    pub const BOTTOM_BAR: f32 = 76.0;
    /// Page strip's width.
    pub const STRIP: f32 = 192.0;
    /// A thumbnail's width.
    pub const THUMBNAIL: egui::Vec2 = egui::vec2(132.0, 82.0);
    /// A thumbnail's row.
    pub const THUMBNAIL_ROW: f32 = 104.0;
    /// Right panel's width.
    pub const SIDE: f32 = 308.0;
    /// A person's row.
    pub const PERSON_ROW: f32 = 52.0;
    /// A field to write in.
    pub const FIELD: f32 = 44.0;
    /// From the edge of a field or row to the words and pictures in the right panel.
    pub const INDENT: f32 = 4.0;
    /// Air at the edges.
    pub const EDGE: f32 = 20.0;
    /// Air beside the page.
    pub const PAGE_MARGIN: f32 = 36.0;
    /// Between items in a row.
    pub const GAP: f32 = 8.0;
    /// Below this width the right panel folds to icons; below [`NARROWER`] the strip as well.
    pub const NARROW: f32 = 1100.0;
    /// See [`NARROW`].
    pub const NARROWER: f32 = 860.0;
    /// An avatar's radius.
    pub const AVATAR: f32 = 17.0;
    /// A round button: microphone, hand.
    pub const ROUND: f32 = 48.0;
    /// A round button: pages.
    pub const ROUND_PAGES: f32 = 40.0;
    /// A small round button.
    pub const ROUND_SMALL: f32 = 36.0;
    /// A text button's height.
    pub const BUTTON: f32 = 38.0;
    /// A cell of the tool group.
    pub const TOOL: f32 = 40.0;
}

/// Corner radii in points.
pub mod radius {
    /// The page.
    pub const PAGE: u8 = 10;
    /// Thumbnails.
    pub const THUMBNAIL: u8 = 6;
    /// Fields.
    pub const FIELD: u8 = 12;
    /// Buttons.
    pub const BUTTON: u8 = 10;
    /// The tool group.
    pub const TOOLS: u8 = 14;
    /// Sheets and cards.
    pub const SHEET: u8 = 14;
}

/// Weights of Inter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Weight {
    /// Body.
    Regular,
    /// Names, buttons.
    Medium,
    /// Headings.
    SemiBold,
}

impl Weight {
    /// The name of its font family, as [`crate::fonts`] installs it.
    #[must_use]
    pub const fn family_name(self) -> &'static str {
        match self {
            Self::Regular => "Inter",
            Self::Medium => "Inter Medium",
            Self::SemiBold => "Inter SemiBold",
        }
    }

    /// Its font family.
    #[must_use]
    pub fn family(self) -> FontFamily {
        match self {
            Self::Regular => FontFamily::Proportional,
            _ => FontFamily::Name(self.family_name().into()),
        }
    }

    /// A font of this weight.
    #[must_use]
    pub fn at(self, points: f32) -> FontId {
        FontId::new(points, self.family())
    }
}

/// Type by use (design.md, Type).
pub mod text {
    use super::Weight;
    use egui::FontId;

    /// The big words of lobby and sheets.
    #[must_use]
    pub fn title() -> FontId {
        Weight::SemiBold.at(24.0)
    }
    /// The meeting's name.
    #[must_use]
    pub fn meeting() -> FontId {
        Weight::SemiBold.at(15.5)
    }
    /// Headings of panels.
    #[must_use]
    pub fn heading() -> FontId {
        Weight::SemiBold.at(14.5)
    }
    /// Names, buttons.
    #[must_use]
    pub fn strong() -> FontId {
        Weight::Medium.at(14.0)
    }
    /// Body.
    #[must_use]
    pub fn body() -> FontId {
        Weight::Regular.at(14.0)
    }
    /// Chat.
    #[must_use]
    pub fn chat() -> FontId {
        Weight::Regular.at(13.5)
    }
    /// A file's name.
    #[must_use]
    pub fn file() -> FontId {
        Weight::SemiBold.at(13.5)
    }
    /// Chips, the pill, names in the chat.
    #[must_use]
    pub fn chip() -> FontId {
        Weight::Medium.at(13.0)
    }
    /// Second lines, page numbers.
    #[must_use]
    pub fn second() -> FontId {
        Weight::Regular.at(12.0)
    }
    /// Time stamps.
    #[must_use]
    pub fn stamp() -> FontId {
        Weight::Regular.at(11.5)
    }
    /// The laser's name tag.
    #[must_use]
    pub fn tag() -> FontId {
        Weight::Medium.at(11.5)
    }
}

/// The tokens of the theme that is on.
#[must_use]
pub fn tokens(ctx: &Context) -> &'static Tokens {
    match ctx.theme() {
        Theme::Dark => &DARK,
        Theme::Light => &LIGHT,
    }
}

/// Installs both themes.
pub fn install(ctx: &Context) {
    for (theme, tokens) in [(Theme::Light, &LIGHT), (Theme::Dark, &DARK)] {
        ctx.style_mut_of(theme, |style| dress(style, tokens));
    }
}

/// The page's shadow.
#[must_use]
pub fn page_shadow(tokens: &Tokens) -> Shadow {
    let alpha = if tokens.dark { 120 } else { 26 };
    Shadow { offset: [0, 8], blur: 36, spread: 0, color: Color32::from_black_alpha(alpha) }
}

/// The shadow of what floats: the pill, toasts, sheets.
#[must_use]
pub fn pill_shadow(tokens: &Tokens) -> Shadow {
    let alpha = if tokens.dark { 60 } else { 13 };
    Shadow { offset: [0, 3], blur: 14, spread: 0, color: Color32::from_black_alpha(alpha) }
}

fn dress(style: &mut Style, t: &Tokens) {
    use egui::TextStyle as S;
    style.text_styles = [
        (S::Heading, text::title()),
        (S::Body, text::body()),
        (S::Button, text::strong()),
        (S::Small, text::second()),
        (S::Monospace, FontId::monospace(13.0)),
    ]
    .into();
    style.spacing.item_spacing = Vec2::splat(size::GAP);
    style.spacing.button_padding = vec2(12.0, 7.0);
    style.spacing.interact_size.y = 36.0;
    style.spacing.window_margin = Margin::same(24);
    style.spacing.menu_margin = Margin::same(6);
    style.spacing.scroll = egui::style::ScrollStyle::thin();
    style.interaction.tooltip_delay = 0.35;
    style.visuals = visuals(t);
}

fn visuals(t: &Tokens) -> Visuals {
    let mut v = if t.dark { Visuals::dark() } else { Visuals::light() };
    v.panel_fill = t.surface;
    v.window_fill = t.surface;
    v.extreme_bg_color = t.raised;
    v.faint_bg_color = t.raised;
    v.text_edit_bg_color = Some(t.raised);
    v.code_bg_color = t.raised;
    v.window_stroke = Stroke::new(1.0, t.border);
    v.window_corner_radius = CornerRadius::same(radius::SHEET);
    v.menu_corner_radius = CornerRadius::same(radius::BUTTON);
    v.window_shadow = page_shadow(t);
    v.popup_shadow = pill_shadow(t);
    v.hyperlink_color = t.accent;
    v.warn_fg_color = t.hand;
    v.error_fg_color = t.bad;
    v.weak_text_color = Some(t.weak);
    v.selection.bg_fill = t.accent_soft;
    v.selection.stroke = Stroke::new(1.0, t.accent);
    v.button_frame = true;
    let w = &mut v.widgets;
    w.noninteractive.bg_stroke = Stroke::new(1.0, t.border);
    w.noninteractive.fg_stroke = Stroke::new(1.0, t.text);
    w.noninteractive.bg_fill = t.surface;
    w.noninteractive.weak_bg_fill = t.surface;
    let hover = t.raised.lerp_to_gamma(t.text, 0.06);
    for (look, fill) in [
        (&mut w.inactive, t.raised),
        (&mut w.hovered, hover),
        (&mut w.active, t.raised.lerp_to_gamma(t.text, 0.12)),
        (&mut w.open, hover),
    ] {
        look.bg_fill = fill;
        look.weak_bg_fill = fill;
        look.bg_stroke = Stroke::NONE;
        look.fg_stroke = Stroke::new(1.0, t.text);
        look.expansion = 0.0;
        look.corner_radius = CornerRadius::same(radius::BUTTON);
    }
    v
}
