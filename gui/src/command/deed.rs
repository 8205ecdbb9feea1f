//! What can be done without further words: text, hint, icon, keys and place of each.

use super::keys::Keys;
use crate::model::marks::Tool;
use crate::model::tools::Instrument;
use crate::model::{Model, Screen};
use egui::{Key, Modifiers};
use egui_material_icons::MaterialIcon;
use egui_material_icons::icons as icon;
use rust_i18n::t;
use std::borrow::Cow;

/// Something to do without further words.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Deed {
    /// One page on.
    NextPage,
    /// One page back.
    PreviousPage,
    /// To the first page.
    FirstPage,
    /// To the last page.
    LastPage,
    /// Follow the presenter again.
    Follow,
    /// Microphone open or closed.
    ToggleMicrophone,
    /// Loudspeaker on or off.
    ToggleSpeaker,
    /// Hand up or down.
    ToggleHand,
    /// Take the floor.
    Present,
    /// Record, or stop.
    ToggleRecording,
    /// Choose a file to show.
    OpenDocument,
    /// Show the new version of a file that was saved again.
    UpdateDocument,
    /// Save a copy of the document.
    SaveCopy,
    /// The page's words to the clipboard.
    CopyPage,
    /// Search the document.
    Search,
    /// Take back the last mark.
    Undo,
    /// Draw again what was taken back.
    Redo,
    /// Take an instrument.
    Take(Instrument),
    /// Nearer.
    ZoomIn,
    /// Farther.
    ZoomOut,
    /// The whole page.
    FitPage,
    /// The page's width.
    FitWidth,
    /// Page strip.
    ToggleStrip,
    /// People and chat.
    ToggleSide,
    /// Presenter view.
    TogglePresenterView,
    /// Play the recording, or hold it.
    ToggleRun,
    /// Black screen.
    ToggleBlack,
    /// Full screen.
    ToggleFullScreen,
    /// Invite sheet.
    Invite,
    /// Settings sheet.
    Settings,
    /// Light or dark.
    ToggleTheme,
    /// All keys.
    Shortcuts,
    /// All commands.
    Palette,
    /// Leave the meeting.
    Leave,
    /// Close what lies on top.
    Escape,
}

/// One line of the table.
struct About {
    deed: Deed,
    /// Key of its words: `deed.KEY` and `deed.KEY_hint`.
    words: &'static str,
    icon: MaterialIcon,
    keys: &'static [Keys],
    place: Place,
}

/// Where a deed makes sense.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Everywhere.
    Everywhere,
    /// In a meeting.
    Meeting,
    /// In a meeting and in the player.
    Pages,
    /// In the player.
    Player,
}

const fn plain(key: Key) -> Keys {
    Keys { modifiers: Modifiers::NONE, key }
}

const fn ctrl(key: Key) -> Keys {
    Keys { modifiers: Modifiers::COMMAND, key }
}

const fn ctrl_shift(key: Key) -> Keys {
    Keys { modifiers: Modifiers::COMMAND.plus(Modifiers::SHIFT), key }
}

/// The table. Its order is that of the palette and the overlay.
#[rustfmt::skip]
const TABLE: &[About] = {
    use Deed as D;
    use Instrument as I;
    use Place as P;
    use Tool as T;
    const fn row(deed: Deed, words: &'static str, icon: MaterialIcon, keys: &'static [Keys], place: Place) -> About {
        About { deed, words, icon, keys, place }
    }
    &[
        row(D::NextPage, "next_page", icon::ICON_CHEVRON_RIGHT, &[plain(Key::PageDown), plain(Key::ArrowRight), plain(Key::ArrowDown)], P::Pages),
        row(D::PreviousPage, "previous_page", icon::ICON_CHEVRON_LEFT, &[plain(Key::PageUp), plain(Key::ArrowLeft), plain(Key::ArrowUp)], P::Pages),
        row(D::FirstPage, "first_page", icon::ICON_FIRST_PAGE, &[plain(Key::Home)], P::Pages),
        row(D::LastPage, "last_page", icon::ICON_LAST_PAGE, &[plain(Key::End)], P::Pages),
        row(D::Follow, "follow", icon::ICON_MY_LOCATION, &[plain(Key::Backspace)], P::Meeting),
        row(D::ToggleRun, "run", icon::ICON_PLAY_PAUSE, &[plain(Key::Space)], P::Player),
        row(D::ToggleMicrophone, "microphone", icon::ICON_MIC, &[plain(Key::M)], P::Meeting),
        row(D::ToggleSpeaker, "speaker", icon::ICON_VOLUME_UP, &[plain(Key::S)], P::Meeting),
        row(D::ToggleHand, "hand", icon::ICON_BACK_HAND, &[plain(Key::H)], P::Meeting),
        row(D::Present, "present", icon::ICON_CO_PRESENT, &[ctrl(Key::P)], P::Meeting),
        row(D::ToggleRecording, "record", icon::ICON_RADIO_BUTTON_CHECKED, &[ctrl_shift(Key::R)], P::Meeting),
        row(D::OpenDocument, "open", icon::ICON_UPLOAD_FILE, &[ctrl(Key::O)], P::Meeting),
        row(D::UpdateDocument, "update", icon::ICON_SYNC, &[ctrl(Key::U)], P::Meeting),
        row(D::SaveCopy, "save_copy", icon::ICON_DOWNLOAD, &[ctrl(Key::S)], P::Pages),
        row(D::CopyPage, "copy_page", icon::ICON_CONTENT_COPY, &[ctrl(Key::C)], P::Pages),
        row(D::Search, "search", icon::ICON_SEARCH, &[ctrl(Key::F)], P::Pages),
        row(D::Undo, "undo", icon::ICON_UNDO, &[ctrl(Key::Z)], P::Meeting),
        row(D::Redo, "redo", icon::ICON_REDO, &[ctrl_shift(Key::Z), ctrl(Key::Y)], P::Meeting),
        row(D::Take(I::Pointer), "pointer", icon::ICON_ARROW_SELECTOR_TOOL, &[plain(Key::V)], P::Meeting),
        row(D::Take(I::Laser), "laser", icon::ICON_STYLUS_LASER_POINTER, &[plain(Key::L)], P::Meeting),
        row(D::Take(I::Draw(T::Pen)), "pen", icon::ICON_STYLUS, &[plain(Key::P)], P::Meeting),
        row(D::Take(I::Draw(T::Highlighter)), "highlighter", icon::ICON_INK_HIGHLIGHTER, &[plain(Key::I)], P::Meeting),
        row(D::Take(I::Draw(T::Line)), "line", icon::ICON_PEN_SIZE_2, &[], P::Meeting),
        row(D::Take(I::Draw(T::Arrow)), "arrow", icon::ICON_ARROW_OUTWARD, &[plain(Key::A)], P::Meeting),
        row(D::Take(I::Draw(T::Box)), "box", icon::ICON_RECTANGLE, &[plain(Key::R)], P::Meeting),
        row(D::Take(I::Draw(T::Ellipse)), "ellipse", icon::ICON_CIRCLE, &[plain(Key::O)], P::Meeting),
        row(D::Take(I::Note), "note", icon::ICON_TEXT_FIELDS, &[plain(Key::T)], P::Meeting),
        row(D::Take(I::Eraser), "eraser", icon::ICON_INK_ERASER, &[plain(Key::E)], P::Meeting),
        row(D::ZoomIn, "zoom_in", icon::ICON_ZOOM_IN, &[ctrl(Key::Plus), ctrl(Key::Equals)], P::Pages),
        row(D::ZoomOut, "zoom_out", icon::ICON_ZOOM_OUT, &[ctrl(Key::Minus)], P::Pages),
        row(D::FitPage, "fit_page", icon::ICON_FIT_SCREEN, &[ctrl(Key::Num0)], P::Pages),
        row(D::FitWidth, "fit_width", icon::ICON_FIT_WIDTH, &[ctrl(Key::Num1)], P::Pages),
        row(D::ToggleStrip, "strip", icon::ICON_VIEW_SIDEBAR, &[plain(Key::F9)], P::Pages),
        row(D::ToggleSide, "side", icon::ICON_CHAT, &[plain(Key::F8)], P::Pages),
        row(D::TogglePresenterView, "presenter_view", icon::ICON_PRESENT_TO_ALL, &[plain(Key::F5)], P::Meeting),
        row(D::ToggleBlack, "black", icon::ICON_DESKTOP_ACCESS_DISABLED, &[plain(Key::B)], P::Meeting),
        row(D::ToggleFullScreen, "full_screen", icon::ICON_FULLSCREEN, &[plain(Key::F11)], P::Pages),
        row(D::Invite, "invite", icon::ICON_PERSON_ADD, &[ctrl(Key::I)], P::Meeting),
        row(D::Settings, "settings", icon::ICON_SETTINGS, &[ctrl(Key::Comma)], P::Everywhere),
        row(D::ToggleTheme, "theme", icon::ICON_DARK_MODE, &[ctrl_shift(Key::D)], P::Everywhere),
        row(D::Shortcuts, "shortcuts", icon::ICON_KEYBOARD, &[plain(Key::Questionmark), plain(Key::F1)], P::Everywhere),
        row(D::Palette, "palette", icon::ICON_TERMINAL, &[ctrl(Key::K), ctrl_shift(Key::P)], P::Everywhere),
        row(D::Leave, "leave", icon::ICON_LOGOUT, &[ctrl(Key::W)], P::Pages),
        row(D::Escape, "escape", icon::ICON_CLOSE, &[plain(Key::Escape)], P::Everywhere),
    ]
};

impl Deed {
    /// All of them, in the order they are listed to people.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|about| about.deed)
    }

    /// Its name, in sentence case: "Raise hand".
    #[must_use]
    pub fn text(self) -> Cow<'static, str> {
        t!(format!("deed.{}", self.about().words))
    }

    /// What it does, in a few words more.
    #[must_use]
    pub fn hint(self) -> Cow<'static, str> {
        t!(format!("deed.{}_hint", self.about().words))
    }

    /// Its picture.
    #[must_use]
    pub fn icon(self) -> MaterialIcon {
        self.about().icon
    }

    /// The keys that do it, the first to be shown.
    #[must_use]
    pub fn keys(self) -> &'static [Keys] {
        self.about().keys
    }

    /// Name and first keys, as buttons show them on hover: "Pen (P)".
    #[must_use]
    pub fn tip(self) -> String {
        match self.keys().first() {
            Some(keys) => format!("{} ({})", self.text(), keys.words()),
            None => self.text().into_owned(),
        }
    }

    /// Makes sense now.
    #[must_use]
    pub fn fits(self, model: &Model) -> bool {
        match self.about().place {
            Place::Everywhere => true,
            Place::Meeting => model.screen == Screen::Meeting,
            Place::Pages => model.screen != Screen::Lobby,
            Place::Player => model.screen == Screen::Player,
        }
    }

    fn about(self) -> &'static About {
        TABLE.iter().find(|about| about.deed == self).expect("a test proves that each has its line")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_deeds_share_a_key() {
        let mut taken = BTreeSet::new();
        for about in TABLE {
            for keys in about.keys {
                assert!(taken.insert(keys.words()), "{} is used twice", keys.words());
            }
        }
    }

    #[test]
    fn each_deed_is_worded() {
        for deed in Deed::all() {
            for language in ["en", "zh"] {
                for key in [deed.about().words.to_owned(), format!("{}_hint", deed.about().words)] {
                    let key = format!("deed.{key}");
                    assert_ne!(t!(key, locale = language), key, "{language}");
                }
            }
        }
    }
}
