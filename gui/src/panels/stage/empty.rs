//! The canvas when there is no page to show: nothing open yet, converting, black; and the hint while
//! a file is dragged over the window.

use crate::command::{Deed, OnPage};
use crate::context::Context;
use crate::model::MeetingView;
use crate::model::Screen;
use crate::theme::{Tokens, pill_shadow, radius, size, text};
use crate::widgets::{IconButton, Tone, text_button};
use egui::{
    Align, Align2, Color32, FontId, Label, Layout, Rect, RichText, Sense, Stroke, StrokeKind, Ui,
    UiBuilder, WidgetInfo, WidgetType, pos2, vec2,
};
use egui_material_icons::MaterialIcon;
use egui_material_icons::icons::{ICON_CLOSE, ICON_CO_PRESENT, ICON_FILE_OPEN, ICON_UPLOAD_FILE};
use rust_i18n::t;

/// Room for the cross that ends converting.
const GIVE_UP: f32 = 40.0;

/// "Nothing is shown yet", what to do, and the button that does it.
pub(super) fn nothing(ui: &mut Ui, cx: &mut Context<'_>, view: &MeetingView, canvas: Rect) {
    let t = cx.tokens;
    let live = cx.model.screen == Screen::Meeting;
    let mine = view.presenting() || view.presenter.is_none();
    let (heading, sentence) = if mine || !live {
        (t!("stage.nothing_open"), t!("stage.what_to_open"))
    } else {
        let name = view.presenter.map(|id| view.people.name(&id)).unwrap_or_default();
        (t!("stage.nothing_shown", name = name), t!("stage.wait_or_open"))
    };
    let icon = if mine { ICON_UPLOAD_FILE } else { ICON_CO_PRESENT };
    let room = Rect::from_center_size(canvas.center(), vec2(canvas.width().min(460.0), 250.0));
    let layout = Layout::top_down(Align::Center);
    let mut child = ui.new_child(UiBuilder::new().max_rect(room).layout(layout).id_salt("empty"));
    badge(&mut child, t, icon);
    child.add_space(10.0);
    line(
        &mut child,
        RichText::new(heading).font(crate::theme::Weight::SemiBold.at(19.0)).color(t.text),
    );
    if !live {
        return;
    }
    line(&mut child, RichText::new(sentence).font(text::body()).color(t.weak));
    child.add_space(8.0);
    let open = Deed::OpenDocument;
    let tone = if mine { Tone::Accent } else { Tone::Plain };
    let button = text_button(&mut child, t, Some(open.icon()), &open.text(), tone);
    if button.on_hover_text(open.tip()).clicked() {
        cx.push(open);
    }
}

/// "Converting Pump-station.pptx · 7 of 24", at the lower edge.
pub(super) fn converting(ui: &mut Ui, cx: &mut Context<'_>, view: &MeetingView, canvas: Rect) {
    let Some((name, done, all)) = &view.stage.converting else { return };
    let t = cx.tokens;
    let words = if *all > 0 {
        t!("stage.converting_share", name = name, done = done, all = all)
    } else {
        t!("stage.converting", name = name)
    };
    let mut job = egui::text::LayoutJob::simple_singleline(words.to_string(), text::chip(), t.text);
    let room = canvas.width() - 96.0 - GIVE_UP;
    job.wrap = egui::text::TextWrapping::truncate_at_width(room.max(80.0));
    let laid = ui.painter().layout_job(job);
    let room = vec2((laid.size().x + 36.0).max(260.0) + GIVE_UP, 54.0);
    let middle = pos2(canvas.center().x, canvas.bottom() - 24.0 - room.y / 2.0);
    let card = Rect::from_center_size(middle, room);
    let corner = f32::from(radius::SHEET);
    ui.painter().add(pill_shadow(t).as_shape(card, corner));
    ui.painter().rect_filled(card, corner, t.surface);
    ui.painter().rect_stroke(card, corner, Stroke::new(1.0, t.border), StrokeKind::Inside);
    let at = pos2(card.left() + 18.0, card.top() + 12.0);
    ui.painter().galley(at, laid, t.text);
    let bar = Rect::from_min_max(
        pos2(card.left() + 18.0, card.bottom() - 14.0),
        pos2(card.right() - 18.0 - GIVE_UP, card.bottom() - 10.0),
    );
    ui.painter().rect_filled(bar, 2.0, t.raised);
    let share = *done as f32 / (*all).max(1) as f32;
    let filled = Rect::from_min_size(bar.min, vec2(bar.width() * share.min(1.0), bar.height()));
    ui.painter().rect_filled(filled, 2.0, t.accent);
    let response = ui.interact(card, ui.id().with("converting"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, &*words));
    let cross = Rect::from_center_size(
        pos2(card.right() - GIVE_UP / 2.0 - 6.0, card.center().y),
        vec2(size::ROUND_SMALL, size::ROUND_SMALL),
    );
    let mut corner = ui.new_child(UiBuilder::new().max_rect(cross).id_salt("give up"));
    let words = t!("stage.give_up");
    let give_up = IconButton::round(ICON_CLOSE, &words, size::ROUND_SMALL);
    if give_up.show(&mut corner, t).clicked() {
        cx.push(OnPage::GiveUpConverting);
    }
}

/// Darkness, and how to end it.
pub(super) fn black(ui: &Ui, cx: &mut Context<'_>, canvas: Rect) {
    ui.painter().rect_filled(canvas, 0.0, Color32::BLACK);
    let words = t!("stage.black");
    let grey = Color32::from_gray(90);
    ui.painter().text(canvas.center(), Align2::CENTER_CENTER, &words, text::body(), grey);
    let response = ui.interact(canvas, ui.id().with("black"), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, &*words));
    if response.clicked() {
        cx.push(Deed::ToggleBlack);
    }
}

/// While a file is dragged over the window: where it may be let go.
pub(super) fn drop_hint(ui: &Ui, cx: &Context<'_>, canvas: Rect) {
    let over = ui.input(|input| !input.raw.hovered_files.is_empty());
    if !over || cx.model.screen != Screen::Meeting {
        return;
    }
    let t = cx.tokens;
    let room = canvas.shrink(16.0);
    let corner = f32::from(radius::SHEET);
    ui.painter().rect_filled(room, corner, t.accent_soft.gamma_multiply(0.94));
    ui.painter().rect_stroke(room, corner, Stroke::new(2.0, t.accent), StrokeKind::Inside);
    let font = FontId::new(44.0, ICON_FILE_OPEN.font_family());
    let at = room.center() - vec2(0.0, 30.0);
    ui.painter().text(at, Align2::CENTER_CENTER, ICON_FILE_OPEN.codepoint, font, t.accent);
    let words = t!("stage.drop");
    let at = room.center() + vec2(0.0, 22.0);
    ui.painter().text(at, Align2::CENTER_CENTER, &words, text::heading(), t.text);
    let response = ui.interact(room, ui.id().with("drop"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, &*words));
}

fn badge(ui: &mut Ui, t: &Tokens, icon: MaterialIcon) {
    let (rect, _) = ui.allocate_exact_size(vec2(72.0, 72.0), Sense::hover());
    ui.painter().circle_filled(rect.center(), 36.0, t.accent_soft);
    let font = FontId::new(34.0, icon.font_family());
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, icon.codepoint, font, t.accent);
}

fn line(ui: &mut Ui, words: RichText) {
    ui.add(Label::new(words).wrap().halign(Align::Center).selectable(false));
}
