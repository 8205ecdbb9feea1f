//! Reactions: small pictures that rise from the lower edge with the name of whoever sent them.

use crate::context::Context;
use crate::model::MeetingView;
use crate::model::Seconds;
use crate::model::meeting::Reaction;
use crate::theme::{pill_shadow, text};
use crate::widgets::feeling;
use egui::{Align2, Color32, FontId, Rect, Sense, Ui, WidgetInfo, WidgetType, pos2, vec2};

/// How long one rises, seconds; it is shown for the last so many of its time.
const RISES: Seconds = 4.0;

/// How far it rises, points.
const WAY: f32 = 150.0;

/// Draws those in view.
pub(super) fn ui(ui: &Ui, cx: &Context<'_>, view: &MeetingView, canvas: Rect) {
    let now = cx.model.now;
    let mut shown = false;
    for (n, reaction) in view.reactions.iter().filter(|r| r.until > now).enumerate() {
        one(ui, cx, view, canvas, n, reaction);
        shown = true;
    }
    if shown {
        ui.ctx().request_repaint();
    }
}

fn one(ui: &Ui, cx: &Context<'_>, view: &MeetingView, canvas: Rect, n: usize, reaction: &Reaction) {
    let t = cx.tokens;
    let gone = (1.0 - (reaction.until - cx.model.now) / RISES).clamp(0.0, 1.0) as f32;
    // Fast at first; fades over the last quarter.
    let risen = 1.0 - (1.0 - gone).powi(2);
    let fade = ((1.0 - gone) * 4.0).min(1.0);
    let sway = (gone * 9.0 + n as f32).sin() * 5.0;
    let x = canvas.left() + 48.0 + (n % 3) as f32 * 128.0 + sway;
    let y = canvas.bottom() - 46.0 - risen * WAY;
    let name = view.people.name(&reaction.author);
    let laid = ui.painter().layout_no_wrap(name.clone(), text::tag(), t.text);
    let wide = 12.0 + 20.0 + 6.0 + laid.size().x + 14.0;
    let room = Rect::from_min_size(pos2(x, y), vec2(wide, 34.0));
    let painter = ui.painter().with_clip_rect(canvas);
    let dim = |colour: Color32| colour.gamma_multiply(fade);
    let mut shadow = pill_shadow(t);
    shadow.color = dim(shadow.color);
    painter.add(shadow.as_shape(room, 17.0));
    painter.rect_filled(room, 17.0, dim(t.surface));
    let picture = feeling::picture(reaction.feeling);
    let font = FontId::new(20.0, picture.font_family());
    let at = pos2(room.left() + 22.0, room.center().y);
    painter.text(at, Align2::CENTER_CENTER, picture.codepoint, font, dim(t.accent));
    let at = pos2(room.left() + 38.0, room.center().y - laid.size().y / 2.0);
    painter.galley_with_override_text_color(at, laid, dim(t.text));
    let words = format!("{name}: {}", feeling::name(reaction.feeling));
    let id = ui.id().with(("reaction", n));
    let response = ui.interact(room.intersect(canvas), id, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, &words));
}
