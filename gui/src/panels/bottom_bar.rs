//! The bottom bar: page and zoom on the left, hand and voice and tools in the middle, documents and
//! the way out on the right.

use super::tool_group::ToolGroup;
use crate::command::{Deed, OnPage, Window, WithPeople};
use crate::context::Context;
use crate::model::MeetingView;
use crate::theme::{size, text};
use crate::widgets::{IconButton, Tone, feeling, text_button};
use egui::{
    Align, DragValue, Label, Layout, Popup, Rect, RichText, Tooltip, Ui, UiBuilder, pos2, vec2,
};
use egui_material_icons::icons::*;
use moot_node::room::stanza::Feeling;
use rust_i18n::t;

/// Below this width the words of the right buttons go, points.
const WORDS_FROM: f32 = 1345.0;

/// Below this width zoom goes as well, points: wheel and keys do it, the pill above the page tells it.
const ZOOM_FROM: f32 = 1180.0;

/// Radius of the light that says that the microphone is set too loud, points.
const CLIP_LIGHT: f32 = 5.0;

/// Between the three groups at least, points: more than between two buttons of one group.
const APART: f32 = size::GAP * 2.5;

/// The bar.
#[derive(Default, Debug)]
pub struct BottomBar {
    tools: ToolGroup,
    /// Width of the middle group, as drawn last: it is centred.
    middle: f32,
}

impl BottomBar {
    /// Draws it into the whole of `ui`.
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        let Some(meeting) = &cx.model.meeting else { return };
        let bar = ui.max_rect();
        let part = |ui: &mut Ui, rect: Rect, layout: Layout, draw: &mut dyn FnMut(&mut Ui)| {
            let mut child = ui.new_child(UiBuilder::new().max_rect(rect).layout(layout));
            draw(&mut child);
            child.min_rect()
        };
        let inner = bar.shrink2(vec2(size::EDGE, 0.0));
        let left = Layout::left_to_right(Align::Center);
        let drawn = part(ui, inner, left, &mut |ui| pages(ui, cx, meeting));
        let right = part(ui, inner, Layout::right_to_left(Align::Center), &mut |ui| {
            way_out(ui, cx, bar.width());
        });
        let centred = bar.center().x - self.middle / 2.0;
        let latest = right.left() - APART - self.middle;
        let from = centred.min(latest).max(drawn.right() + APART);
        let rect = Rect::from_min_max(pos2(from, bar.top()), bar.max);
        let tools = &mut self.tools;
        let middle = part(ui, rect, left, &mut |ui| {
            voice(ui, cx, meeting);
            ui.add_space(8.0);
            tools.ui(ui, cx, bar.width());
        });
        self.middle = middle.width();
    }
}

/// Whether the window is wide enough for zoom in this bar.
pub(super) fn tells_zoom(ctx: &egui::Context) -> bool {
    ctx.content_rect().width() >= ZOOM_FROM
}

/// How near the page is, 1 being a fitted page, as people read it.
pub(super) fn percent(zoom: f32) -> String {
    format!("{} %", (zoom * 100.0).round())
}

/// Page turning and zoom.
fn pages(ui: &mut Ui, cx: &mut Context<'_>, meeting: &MeetingView) {
    let t = cx.tokens;
    let Some((page, document)) = meeting.stage.page().zip(meeting.stage.current()) else {
        return;
    };
    if IconButton::deed(ui, t, Deed::PreviousPage, size::ROUND_PAGES, Tone::Plain) {
        cx.push(Deed::PreviousPage);
    }
    let mut number = page.page;
    let field = DragValue::new(&mut number).range(1..=document.pages).speed(0.1);
    let response = ui.add(field).on_hover_text(t!("bar.go_to_page"));
    response.widget_info(|| {
        let mut info = egui::WidgetInfo::drag_value(true, f64::from(number));
        info.label = Some(t!("bar.page_number").into_owned());
        info
    });
    if number != page.page {
        cx.push(OnPage::Go(number));
    }
    let label = meeting.stage.label(page);
    let words = if *label == page.page.to_string() {
        t!("bar.of_pages", n = document.pages)
    } else {
        t!("bar.of_pages_called", label = label, n = document.pages)
    };
    let of = RichText::new(words).font(text::body()).color(t.weak);
    ui.add(Label::new(of).selectable(false));
    if IconButton::deed(ui, t, Deed::NextPage, size::ROUND_PAGES, Tone::Plain) {
        cx.push(Deed::NextPage);
    }
    if !tells_zoom(ui.ctx()) {
        return;
    }
    ui.add_space(8.0);
    if IconButton::deed(ui, t, Deed::ZoomOut, size::ROUND_SMALL, Tone::Bare) {
        cx.push(Deed::ZoomOut);
    }
    let percent = RichText::new(percent(meeting.stage.zoom));
    ui.add(Label::new(percent.font(text::chip()).color(t.weak)).selectable(false));
    for deed in [Deed::ZoomIn, Deed::FitPage] {
        if IconButton::deed(ui, t, deed, size::ROUND_SMALL, Tone::Bare) {
            cx.push(deed);
        }
    }
}

/// Microphone, loudspeaker, hand, reactions.
fn voice(ui: &mut Ui, cx: &mut Context<'_>, meeting: &MeetingView) {
    let t = cx.tokens;
    let sound = meeting.sound;
    let open = sound.source && (sound.muted == sound.held);
    let (icon, tone, name) = match (sound.source, open) {
        (false, _) => (ICON_MIC_OFF, Tone::Plain, t!("bar.no_microphone")),
        (true, true) => (ICON_MIC, Tone::Accent, t!("bar.mute")),
        (true, false) => (ICON_MIC_OFF, Tone::Plain, t!("bar.unmute")),
    };
    let tip =
        if sound.source { Deed::ToggleMicrophone.hint() } else { t!("bar.no_microphone_hint") };
    let button = IconButton::round(icon, &name, size::ROUND).tone(tone).tip(tip).show(ui, t);
    if sound.muted_speech && !open {
        Tooltip::for_widget(&button).show(|ui| ui.label(t!("bar.muted_but_speaking")));
    }
    if sound.clips && open {
        let corner = button.rect.right_top() + vec2(-6.0, 6.0);
        ui.painter().circle_filled(corner, CLIP_LIGHT, t.bad);
        Tooltip::for_widget(&button).show(|ui| ui.label(t!("bar.too_loud")));
    }
    if button.clicked() {
        cx.push(Deed::ToggleMicrophone);
    }
    let (icon, name) = if sound.deafened {
        (ICON_VOLUME_OFF, t!("bar.speaker_on"))
    } else {
        (ICON_VOLUME_UP, t!("bar.speaker_off"))
    };
    let button = IconButton::round(icon, &name, size::ROUND).tone(Tone::Plain);
    let button = if sound.deafened { button.tint(t.bad) } else { button };
    if button.tip(Deed::ToggleSpeaker.tip()).show(ui, t).clicked() {
        cx.push(Deed::ToggleSpeaker);
    }
    let up = meeting.hand_up();
    let name = if up { t!("bar.lower_hand") } else { Deed::ToggleHand.text() };
    let button = IconButton::round(ICON_BACK_HAND, &name, size::ROUND).tone(Tone::Plain);
    let button = if up { button.tint(t.hand) } else { button };
    if button.tip(Deed::ToggleHand.tip()).show(ui, t).clicked() {
        cx.push(Deed::ToggleHand);
    }
    reactions(ui, cx);
}

fn reactions(ui: &mut Ui, cx: &mut Context<'_>) {
    let t = cx.tokens;
    let name = t!("bar.react");
    let button = IconButton::round(ICON_ADD_REACTION, &name, size::ROUND).tone(Tone::Plain);
    let button = button.show(ui, t);
    Popup::menu(&button).show(|ui| {
        ui.horizontal(|ui| {
            for kind in Feeling::ALL {
                let (icon, name) = (feeling::picture(kind), feeling::name(kind));
                if IconButton::round(icon, &name, size::ROUND_PAGES).show(ui, t).clicked() {
                    cx.push(WithPeople::React(kind));
                }
            }
        });
    });
}

/// From the right: Leave, Open document, take the floor.
fn way_out(ui: &mut Ui, cx: &mut Context<'_>, width: f32) {
    let t = cx.tokens;
    let Some(meeting) = &cx.model.meeting else { return };
    let presenting = meeting.presenting();
    for (deed, tone) in [
        (Deed::Leave, Tone::Danger),
        (Deed::OpenDocument, Tone::Plain),
        (Deed::Present, Tone::Plain),
    ] {
        if deed == Deed::Present && presenting {
            continue;
        }
        let words = deed.text();
        // Opening a document takes the floor too: Present needs fewer words.
        let worded = width >= WORDS_FROM && deed != Deed::Present;
        let clicked = if worded {
            text_button(ui, t, Some(deed.icon()), &words, tone).on_hover_text(deed.hint()).clicked()
        } else {
            let button = IconButton::round(deed.icon(), &words, size::ROUND_PAGES).tone(tone);
            button.corner(10.0).tip(deed.tip()).show(ui, t).clicked()
        };
        if clicked {
            cx.push(deed);
        }
    }
    // What the side panel holds when there is no room for it.
    if width < size::NARROW {
        let unread = meeting.chat.unread;
        let name =
            if unread > 0 { t!("bar.chat_unread", n = unread) } else { Deed::ToggleSide.text() };
        let button = IconButton::round(ICON_CHAT, &name, size::ROUND_PAGES).show(ui, t);
        if unread > 0 {
            ui.painter().circle_filled(button.rect.right_top() + vec2(-8.0, 8.0), 5.0, t.bad);
        }
        if button.clicked() {
            cx.push(Deed::ToggleSide);
            cx.push(Window::ChatInView(!meeting.layout.side));
        }
    }
}
