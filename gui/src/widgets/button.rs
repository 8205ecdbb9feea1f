//! Round buttons with an icon, and buttons with words.

use crate::command::Deed;
use crate::theme::{Tokens, Weight, radius, size};
use egui::{
    Align2, Color32, CornerRadius, FontId, Rect, Response, Sense, Stroke, StrokeKind, Ui, Vec2,
    WidgetInfo, WidgetType, pos2, vec2,
};
use egui_material_icons::MaterialIcon;
use egui_material_icons::icons::ICON_LIGHT_MODE;

/// What a button is for, which gives its colours.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Tone {
    /// No background until the mouse is over it.
    Bare,
    /// An ordinary button.
    #[default]
    Plain,
    /// The one thing to do here.
    Accent,
    /// The same where something else is the one thing to do.
    Soft,
    /// Ends or deletes something.
    Danger,
    /// Is the present choice.
    Chosen,
}

impl Tone {
    /// Background and foreground at rest.
    fn colours(self, t: &Tokens) -> [Color32; 2] {
        match self {
            Self::Bare => [Color32::TRANSPARENT, t.weak],
            Self::Plain => [t.raised, t.text],
            Self::Accent => [t.accent, t.on_accent],
            Self::Soft => [t.accent_soft, t.accent],
            Self::Danger => [t.bad_soft, t.bad],
            Self::Chosen => [t.surface, t.accent],
        }
    }

    /// The background under the mouse, and while it is pressed: twice as far from that at rest.
    fn background(self, t: &Tokens, response: &Response) -> Color32 {
        let steps = if response.is_pointer_button_down_on() {
            2.0
        } else if response.hovered() {
            1.0
        } else {
            return self.colours(t)[0];
        };
        let shade = |colour: Color32, by: f32| colour.lerp_to_gamma(t.text, by * steps);
        match self {
            Self::Bare => shade(t.raised, 0.06 * (steps - 1.0)),
            Self::Accent => shade(t.accent, 0.1),
            // The chosen one stands out already, and lifts only when it is pressed.
            Self::Chosen => shade(t.surface, 0.04 * (steps - 1.0)),
            Self::Plain | Self::Soft | Self::Danger => shade(self.colours(t)[0], 0.06),
        }
    }
}

/// A button that shows only an icon.
#[must_use = "call show"]
pub struct IconButton<'a> {
    icon: MaterialIcon,
    name: &'a str,
    tip: Option<String>,
    size: Vec2,
    corner: f32,
    icon_size: f32,
    tone: Tone,
    tint: Option<Color32>,
    enabled: bool,
}

impl<'a> IconButton<'a> {
    /// A round one of this diameter; `name` is what screen readers say.
    pub fn round(icon: MaterialIcon, name: &'a str, diameter: f32) -> Self {
        Self {
            icon,
            name,
            tip: None,
            size: Vec2::splat(diameter),
            corner: diameter / 2.0,
            icon_size: if diameter < size::ROUND { 20.0 } else { 22.0 },
            tone: Tone::Bare,
            tint: None,
            enabled: true,
        }
    }

    /// With rounded corners of this radius instead.
    pub fn corner(mut self, radius: f32) -> Self {
        self.corner = radius;
        self
    }

    /// Its colours.
    pub fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    /// Another colour for the icon.
    pub fn tint(mut self, colour: Color32) -> Self {
        self.tint = Some(colour);
        self
    }

    /// What is shown on hover instead of the name.
    pub fn tip(mut self, tip: impl Into<String>) -> Self {
        self.tip = Some(tip.into());
        self
    }

    /// Can be pressed.
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// Draws it.
    pub fn show(self, ui: &mut Ui, t: &Tokens) -> Response {
        let sense = if self.enabled { Sense::click() } else { Sense::hover() };
        let (rect, response) = ui.allocate_exact_size(self.size, sense);
        let [fill, icon] = self.tone.colours(t);
        let fill = if self.enabled { self.tone.background(t, &response) } else { fill };
        let icon = self.tint.unwrap_or(icon);
        let icon = if self.enabled { icon } else { icon.gamma_multiply(0.4) };
        ui.painter().rect_filled(rect, self.corner, fill);
        focus_ring(ui, &response, rect, self.corner, t);
        let font = FontId::new(self.icon_size, self.icon.font_family());
        ui.painter().text(rect.center(), Align2::CENTER_CENTER, self.icon.codepoint, font, icon);
        named(&response, self.enabled, self.name);
        response.on_hover_text(self.tip.unwrap_or_else(|| self.name.to_owned()))
    }
}

/// A small round button for a deed, named and hinted from its table.
impl IconButton<'static> {
    /// Draws the button of a deed; `true` when it was pressed.
    pub fn deed(ui: &mut Ui, t: &Tokens, deed: Deed, diameter: f32, tone: Tone) -> bool {
        let name = deed.text();
        let icon = match deed {
            // Shows what it turns to.
            Deed::ToggleTheme if t.dark => ICON_LIGHT_MODE,
            _ => deed.icon(),
        };
        let button = IconButton::round(icon, &name, diameter);
        button.tone(tone).tip(deed.tip()).show(ui, t).clicked()
    }
}

/// A button with words, and an icon before them.
pub fn text_button(
    ui: &mut Ui,
    t: &Tokens,
    icon: Option<MaterialIcon>,
    words: &str,
    tone: Tone,
) -> Response {
    wide_button(ui, t, icon, words, tone, 0.0)
}

/// The same, at least `least` points wide, with the words in the middle.
pub fn wide_button(
    ui: &mut Ui,
    t: &Tokens,
    icon: Option<MaterialIcon>,
    words: &str,
    tone: Tone,
    least: f32,
) -> Response {
    const PADDING: f32 = 14.0;
    const ICON: f32 = 18.0;
    const BETWEEN: f32 = 6.0;
    let font = Weight::Medium.at(14.0);
    let enabled = ui.is_enabled();
    let [fill, colour] = tone.colours(t);
    let words_laid = ui.painter().layout_no_wrap(words.to_owned(), font, colour);
    let icon_room = if icon.is_some() { ICON + BETWEEN } else { 0.0 };
    let content = icon_room + words_laid.size().x;
    let wide = (PADDING + content + PADDING).max(least);
    let (rect, response) = ui.allocate_exact_size(vec2(wide, size::BUTTON), Sense::click());
    if ui.is_rect_visible(rect) {
        let fill = if enabled { tone.background(t, &response) } else { fill };
        let corner = f32::from(radius::BUTTON);
        ui.painter().rect_filled(rect, corner, fill);
        focus_ring(ui, &response, rect, corner, t);
        let mut x = rect.center().x - content / 2.0;
        if let Some(icon) = icon {
            let font = FontId::new(ICON, icon.font_family());
            let at = pos2(x, rect.center().y);
            ui.painter().text(at, Align2::LEFT_CENTER, icon.codepoint, font, colour);
            x += icon_room;
        }
        let at = pos2(x, rect.center().y - words_laid.size().y / 2.0);
        ui.painter().galley_with_override_text_color(at, words_laid, colour);
    }
    named(&response, enabled, words);
    response
}

/// Shows where the keyboard is.
pub(super) fn focus_ring(ui: &Ui, response: &Response, rect: Rect, corner: f32, t: &Tokens) {
    if response.has_focus() {
        let ring = Stroke::new(2.0, t.accent);
        let corner = CornerRadius::from(corner + 2.0);
        ui.painter().rect_stroke(rect.expand(2.0), corner, ring, StrokeKind::Inside);
    }
}

fn named(response: &Response, enabled: bool, name: &str) {
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, enabled, name));
}
