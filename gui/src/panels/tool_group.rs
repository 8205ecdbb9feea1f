//! The instruments: pointer, laser, pen, highlighter, shapes, note, eraser, and their inks.

use crate::command::{Deed, OnPage};
use crate::context::Context;
use crate::model::marks::Tool;
use crate::model::tools::{INKS, Instrument, Tools, WIDTHS};
use crate::theme::{Tokens, radius, size};
use crate::widgets::{IconButton, Tone};
use egui::{
    Align, Layout, Popup, Sense, Stroke, Ui, UiBuilder, Vec2, WidgetInfo, WidgetType, vec2,
};
use egui_material_icons::icons::{ICON_LINE_WEIGHT, ICON_SHAPES};
use rust_i18n::t;

/// What is in the group itself; [`SHAPES`] are in its menu.
const CELLS: [Instrument; 6] = [
    Instrument::Pointer,
    Instrument::Laser,
    Instrument::Draw(Tool::Pen),
    Instrument::Draw(Tool::Highlighter),
    Instrument::Eraser,
    Instrument::Note,
];

/// What is in the group's menu of shapes.
const SHAPES: [Instrument; 4] = [
    Instrument::Draw(Tool::Line),
    Instrument::Draw(Tool::Arrow),
    Instrument::Draw(Tool::Box),
    Instrument::Draw(Tool::Ellipse),
];

/// Around the cells, points (design.md, Shapes).
const INSET: f32 = 4.0;

/// Between the cells, points (design.md, Shapes).
const BETWEEN: f32 = 3.0;

/// Below this width the inks fold into the menu of widths, points.
const INKS_FROM: f32 = 1430.0;

/// Below this width the whole group folds into one button with a menu, points.
const CELLS_FROM: f32 = 1010.0;

/// The group.
#[derive(Default, Debug)]
pub(super) struct ToolGroup;

impl ToolGroup {
    /// Draws it; `width` is the bar's.
    pub(super) fn ui(&mut self, ui: &mut Ui, cx: &mut Context<'_>, width: f32) {
        let Some(meeting) = &cx.model.meeting else { return };
        let (tools, may_draw) = (meeting.tools, meeting.may_draw());
        if width < CELLS_FROM {
            return folded(ui, cx, tools, may_draw);
        }
        let t = cx.tokens;
        // A frame would grow to the bar's whole height: the group's place is known beforehand.
        let wide = CELLS.len() as f32 * (size::TOOL + BETWEEN) + size::TOOL + 2.0 * INSET;
        let high = size::TOOL + 2.0 * INSET;
        let (group, _) = ui.allocate_exact_size(vec2(wide, high), Sense::hover());
        ui.painter().rect_filled(group, f32::from(radius::TOOLS), t.raised);
        let inside = UiBuilder::new().max_rect(group.shrink(INSET));
        let inside = inside.layout(Layout::left_to_right(Align::Center));
        ui.scope_builder(inside, |ui| {
            ui.spacing_mut().item_spacing.x = BETWEEN;
            for instrument in CELLS {
                cell(ui, cx, tools.instrument, instrument, may_draw);
            }
            shapes(ui, cx, tools.instrument, may_draw);
        });
        ui.add_space(4.0);
        if width >= INKS_FROM {
            inks(ui, cx, tools.ink);
        }
        widths(ui, cx, width);
    }
}

/// All of it in the menu of one button, which shows what is in the hand.
fn folded(ui: &mut Ui, cx: &mut Context<'_>, tools: Tools, may_draw: bool) {
    let icon = Deed::Take(tools.instrument).icon();
    let name = t!("bar.tools");
    let button = IconButton::round(icon, &name, size::ROUND).tone(Tone::Plain).show(ui, cx.tokens);
    Popup::menu(&button).show(|ui| {
        ui.horizontal(|ui| {
            for tool in CELLS {
                cell(ui, cx, tools.instrument, tool, may_draw);
            }
        });
        ui.horizontal(|ui| {
            for shape in SHAPES {
                cell(ui, cx, tools.instrument, shape, may_draw);
            }
        });
        lines(ui, cx, tools.width);
        ui.horizontal(|ui| inks(ui, cx, tools.ink));
    });
}

fn cell(
    ui: &mut Ui,
    cx: &mut Context<'_>,
    held: Instrument,
    instrument: Instrument,
    may_draw: bool,
) {
    let deed = Deed::Take(instrument);
    let free = matches!(instrument, Instrument::Pointer | Instrument::Laser);
    let enabled = free || may_draw;
    let tip = if enabled { deed.tip() } else { t!("bar.drawing_forbidden").into_owned() };
    let tone = if held == instrument { Tone::Chosen } else { Tone::Bare };
    let name = deed.text();
    let button = IconButton::round(deed.icon(), &name, size::TOOL).corner(10.0);
    let button = button.tone(tone).tip(tip).enabled(enabled).show(ui, cx.tokens);
    button.widget_info(|| {
        WidgetInfo::selected(WidgetType::RadioButton, enabled, held == instrument, &name)
    });
    if button.clicked() {
        cx.push(deed);
    }
}

fn shapes(ui: &mut Ui, cx: &mut Context<'_>, held: Instrument, may_draw: bool) {
    let chosen = SHAPES.into_iter().find(|shape| *shape == held);
    let icon = chosen.map_or(ICON_SHAPES, |shape| Deed::Take(shape).icon());
    let tone = if chosen.is_some() { Tone::Chosen } else { Tone::Bare };
    let name = t!("bar.shapes");
    let button = IconButton::round(icon, &name, size::TOOL).corner(10.0);
    let button = button.tone(tone).enabled(may_draw).show(ui, cx.tokens);
    Popup::menu(&button).show(|ui| {
        ui.horizontal(|ui| {
            for shape in SHAPES {
                cell(ui, cx, held, shape, may_draw);
            }
        });
    });
}

fn inks(ui: &mut Ui, cx: &mut Context<'_>, chosen: usize) {
    const NAMES: [&str; 4] = ["bar.red", "bar.amber", "bar.green", "bar.blue"];
    ui.spacing_mut().item_spacing.x = 0.0;
    for (n, (ink, name)) in INKS.into_iter().zip(NAMES).enumerate() {
        let (rect, response) = ui.allocate_exact_size(Vec2::splat(28.0), Sense::click());
        ui.painter().circle_filled(rect.center(), 8.0, ink);
        if n == chosen || response.has_focus() {
            let ring = Stroke::new(2.0, cx.tokens.text);
            ui.painter().circle_stroke(rect.center(), 11.0, ring);
        }
        let name = t!(name);
        response.widget_info(|| {
            WidgetInfo::selected(WidgetType::RadioButton, true, n == chosen, &name)
        });
        if response.on_hover_text(&*name).clicked() {
            cx.push(OnPage::Ink(n));
        }
    }
    ui.spacing_mut().item_spacing.x = size::GAP;
}

fn widths(ui: &mut Ui, cx: &mut Context<'_>, bar: f32) {
    let Some(meeting) = &cx.model.meeting else { return };
    let tools = meeting.tools;
    let name = t!("bar.width");
    let button = IconButton::round(ICON_LINE_WEIGHT, &name, size::ROUND_SMALL).show(ui, cx.tokens);
    Popup::menu(&button).show(|ui| {
        lines(ui, cx, tools.width);
        if bar < INKS_FROM {
            ui.horizontal(|ui| inks(ui, cx, tools.ink));
        }
    });
}

fn lines(ui: &mut Ui, cx: &mut Context<'_>, chosen: usize) {
    for (n, width) in WIDTHS.into_iter().enumerate() {
        line(ui, cx, (n, width), chosen == n);
    }
}

/// One width, drawn as it looks on a page 1000 points wide.
fn line(ui: &mut Ui, cx: &mut Context<'_>, (n, width): (usize, u32), chosen: bool) {
    const NAMES: [&str; 3] = ["bar.fine", "bar.medium", "bar.broad"];
    let t: &Tokens = cx.tokens;
    let (rect, response) = ui.allocate_exact_size(vec2(110.0, 30.0), Sense::click());
    if chosen || response.hovered() {
        let fill = if chosen { t.accent_soft } else { t.raised };
        ui.painter().rect_filled(rect, f32::from(radius::THUMBNAIL), fill);
    }
    let stroke = Stroke::new(width as f32 / 10.0, t.text);
    let span = rect.shrink2(vec2(16.0, 0.0)).x_range();
    ui.painter().hline(span, rect.center().y, stroke);
    let name = t!(NAMES[n]);
    response.widget_info(|| WidgetInfo::selected(WidgetType::RadioButton, true, chosen, &name));
    if response.on_hover_text(&*name).clicked() {
        cx.push(OnPage::Width(n));
    }
}
