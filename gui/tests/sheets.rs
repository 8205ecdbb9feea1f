//! Invite, settings, questions and the player, each alone with a made-up model.

mod stand;

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use moot_gui::command::{Command, Deed, Enter, OnPage, Play, Window, WithPeople};
use moot_gui::model::sound::{Device, Devices};
use moot_gui::model::stored::Stored;
use moot_gui::model::{Model, Sheet, sample, sample_lobby};
use moot_gui::panels::player::PlayerPanel;
use moot_gui::panels::sheets::Sheets;
use moot_gui::settings::{Delay, DeviceChoice, Language, ThemeChoice};
use moot_node::node::{MemberState, Rehearsing};
use moot_node::room::id::BlobId;
use moot_node::room::stanza::JoinPolicy;
use stand::{Stand, entered, kept, stand};
use std::path::PathBuf;
use std::time::Duration;

type Over = Harness<'static, Stand<Sheets>>;

fn sheet(mut model: Model, sheet: Sheet) -> Over {
    model.sheet = Some(sheet);
    let mut over = stand::<Sheets>(model, [1440.0, 1400.0], Sheets::ui);
    over.run();
    over
}

fn click(h: &mut Over, name: &str) {
    h.get_by_label(name).click();
    h.run();
}

#[test]
fn the_code_and_the_link_are_copied() {
    let mut h = sheet(sample::model(), Sheet::Invite);
    h.get_by_label("351-047");
    click(&mut h, "Copy code");
    click(&mut h, "Copy link");
    let link = h.state().model.meeting.as_ref().expect("a meeting").link.clone();
    let copied = ["351-047".to_owned(), link].map(|words| Window::Copy(words).into());
    assert_eq!(h.state().asked, copied);
}

#[test]
fn who_waits_at_the_door_is_let_in_or_turned_away() {
    let mut model = sample::model();
    let meeting = model.meeting.as_mut().expect("a meeting");
    meeting.join = JoinPolicy::Ask;
    meeting.people.stand(sample::member(8), "Ben", MemberState::Asking);
    meeting.people.stand(sample::member(9), "Kim", MemberState::Asking);
    let mut h = sheet(model, Sheet::Invite);
    click(&mut h, "Let in: Ben");
    click(&mut h, "Turn away: Kim");
    let wanted: [Command; 2] =
        [WithPeople::Admit(sample::member(8)).into(), WithPeople::Refuse(sample::member(9)).into()];
    assert_eq!(h.state().asked, wanted);
    assert!(h.query_by_label("Copy code").is_none(), "nobody needs a code here");
}

#[test]
fn six_digits_can_be_compared() {
    let mut model = sample::model();
    let meeting = model.meeting.as_mut().expect("a meeting");
    meeting.compare.insert(sample::member(0), "481203".into());
    let mut h = sheet(model, Sheet::Invite);
    click(&mut h, "Compare a short code");
    h.get_by_label("481 203");
    click(&mut h, "Show digits: Priya Kaur");
    assert_eq!(h.state().asked, [WithPeople::Compare(sample::member(4)).into()]);
}

#[test]
fn language_and_theme_are_chosen() {
    let mut h = sheet(sample_lobby::lobby(), Sheet::Settings);
    click(&mut h, "Language: 简体中文");
    click(&mut h, "Colours: Dark");
    let settings = kept(&h.state().asked).expect("kept");
    assert_eq!((settings.language, settings.theme), (Some(Language::Zh), ThemeChoice::Dark));
    click(&mut h, "Language: As the system");
    assert_eq!(kept(&h.state().asked).expect("kept").language, None);
}

#[test]
fn name_network_and_sound_file_are_kept_when_the_field_is_left() {
    let mut h = sheet(sample_lobby::lobby(), Sheet::Settings);
    for (field, words) in [("Sound file", "/tmp/talk.wav"), ("Address", "10.0.0.7")] {
        h.get_by_label(field).focus();
        h.run();
        h.get_by_label(field).type_text(words);
        h.run();
        h.key_press(Key::Tab);
        h.run();
    }
    let settings = kept(&h.state().asked).expect("kept");
    assert_eq!(settings.source, Some(PathBuf::from("/tmp/talk.wav")));
    assert_eq!(settings.interface.as_deref(), Some("10.0.0.7"));
    click(&mut h, "Network: wlan0 (192.168.1.20)");
    click(&mut h, "Hide my name on the network");
    let settings = kept(&h.state().asked).expect("kept");
    assert_eq!(settings.interface.as_deref(), Some("192.168.1.20"));
    assert!(settings.hide_name);
}

#[test]
fn a_recording_is_deleted_only_after_a_yes() {
    let model = sample_lobby::lobby();
    let folder = model.lobby.recordings[0].folder.clone();
    let mut h = sheet(model, Sheet::ConfirmDelete(folder.clone()));
    h.get_by_label_contains("42 min");
    click(&mut h, "Cancel");
    assert_eq!(h.state().asked, [Window::Sheet(None).into()]);
    h.state_mut().model.sheet = Some(Sheet::ConfirmDelete(folder.clone()));
    h.run();
    click(&mut h, "Delete");
    assert_eq!(entered(&h.state().asked), [Enter::DeleteRecording(folder)]);
    assert_eq!(h.state().model.sheet, None);
}

#[test]
fn stored_documents_are_listed_and_removed_after_a_yes() {
    let document = |n: u8, name: Option<&str>, meetings: &[&str]| Stored {
        id: BlobId([n; 32]),
        name: name.map(Into::into),
        pages: u32::from(n),
        bytes: u64::from(n) * 6_000_000,
        meetings: meetings.iter().map(|title| (*title).to_owned()).collect(),
        open_in: None,
    };
    let mut open = document(3, Some("Dike.pdf"), &["Standup"]);
    open.open_in = Some("Standup".into());
    let mut model = sample_lobby::lobby();
    let h = sheet(sample_lobby::lobby(), Sheet::Documents);
    h.get_by_label("Looking what is kept…");
    model.stored =
        Some(vec![document(2, Some("Plans.pdf"), &["Review"]), document(1, None, &[]), open]);
    let mut h = sheet(model, Sheet::Documents);
    h.get_by_label("2 pages  ·  12 MB  ·  Review");
    h.get_by_label("1 page  ·  6 MB");
    h.get_by_label_contains("Leave that meeting first");
    click(&mut h, "Remove Dike.pdf");
    assert!(h.query_by_label_contains("18 MB are removed").is_none(), "it is in use");
    click(&mut h, "Remove Plans.pdf");
    h.get_by_label_contains("12 MB are removed");
    click(&mut h, "Cancel");
    assert_eq!(h.state().asked, []);
    click(&mut h, "Remove Plans.pdf");
    click(&mut h, "Remove");
    assert_eq!(h.state().asked, [Window::RemoveStored(BlobId([2; 32])).into()]);
    assert!(h.query_by_label_contains("12 MB are removed").is_none());
}

#[test]
fn the_settings_lead_to_the_documents() {
    let mut h = sheet(sample_lobby::lobby(), Sheet::Settings);
    click(&mut h, "Documents on this laptop…");
    assert_eq!(h.state().asked, [Window::Documents.into()]);
}

#[test]
fn removing_and_leaving_are_asked_first() {
    let mut h = sheet(sample::model(), Sheet::ConfirmRemove(sample::member(2)));
    h.get_by_label("Remove Jonas Schmidt?");
    click(&mut h, "Remove");
    assert_eq!(h.state().asked[0], WithPeople::Remove(sample::member(2)).into());
    let mut h = sheet(sample::model(), Sheet::ConfirmLeave);
    click(&mut h, "Leave");
    assert_eq!(h.state().asked, [Command::Do(Deed::Leave)]);
}

#[test]
fn escape_and_a_click_beside_it_close_a_sheet() {
    let mut h = sheet(sample::model(), Sheet::ConfirmLeave);
    h.key_press(Key::Escape);
    h.run();
    assert_eq!(h.state().model.sheet, None);
    h.state_mut().model.sheet = Some(Sheet::ConfirmLeave);
    h.run();
    click(&mut h, "Close");
    assert_eq!(h.state().model.sheet, None);
    h.state_mut().model.sheet = Some(Sheet::ConfirmLeave);
    h.run();
    let beside = egui::pos2(20.0, 20.0);
    for pressed in [true, false] {
        h.event(egui::Event::PointerButton {
            pos: beside,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: egui::Modifiers::NONE,
        });
        h.run();
    }
    assert_eq!(h.state().model.sheet, None);
}

#[test]
fn a_path_opens_a_document() {
    let mut h = sheet(sample::model(), Sheet::OpenPath);
    h.get_by_label("Path of the document").type_text("\"/tmp/a.pdf\"");
    h.run();
    h.key_press(Key::Enter);
    h.run();
    assert_eq!(h.state().asked, [OnPage::Open(PathBuf::from("/tmp/a.pdf")).into()]);
}

#[test]
fn a_password_opens_a_locked_file_and_is_not_to_be_read() {
    let locked = Sheet::Password { name: "plan.pdf".into(), wrong: false };
    let mut h = sheet(sample::model(), locked);
    h.get_by_label("Password").type_text("open sesame");
    h.run();
    assert!(h.query_by_value("open sesame").is_none(), "screen readers don't say it");
    h.key_press(Key::Enter);
    h.run();
    let password = moot_node::io::document::Password::new("open sesame");
    assert_eq!(h.state().asked, [OnPage::Unlock(password).into()]);
}

#[test]
fn the_player_runs_jumps_and_changes_speed() {
    let size = [1440.0, PlayerPanel::HEIGHT];
    let mut h = stand::<PlayerPanel>(sample_lobby::player(), size, PlayerPanel::ui);
    h.run();
    for name in ["Pause", "Page turn before", "Page turn after", "Speed: 1.5×"] {
        h.get_by_label(name).click();
        h.run();
    }
    let at = |minutes: f64| Duration::from_secs_f64(minutes * 60.0);
    let wanted: [Command; 4] = [
        Play::Run(false).into(),
        Play::Seek(at(12.2)).into(),
        Play::Seek(at(17.5)).into(),
        Play::Speed(1.5).into(),
    ];
    assert_eq!(h.state().asked, wanted);
    h.state_mut().asked.clear();
    h.get_by_label("Position").focus();
    h.run();
    h.key_press(Key::ArrowRight);
    h.run();
    assert_eq!(h.state().asked, [Play::Seek(at(15.7) + Duration::from_secs(5)).into()]);
}

#[test]
fn a_click_on_the_timeline_goes_there() {
    let size = [1440.0, PlayerPanel::HEIGHT];
    let mut h = stand::<PlayerPanel>(sample_lobby::player(), size, PlayerPanel::ui);
    h.run();
    h.get_by_label("Position").click();
    h.run();
    let Some(Command::Play(Play::Seek(to))) = h.state().asked.first() else { panic!("no seek") };
    let half = h.state().model.player.as_ref().expect("a player").timeline.duration / 2;
    assert!(to.abs_diff(half) < Duration::from_secs(5), "{to:?}: the middle was clicked");
}

#[test]
fn the_player_is_closed_from_its_header() {
    let mut h = stand::<PlayerPanel>(sample_lobby::player(), [1440.0, 60.0], PlayerPanel::header);
    h.run();
    h.get_by_label("Close").click();
    h.run();
    h.get_by_label(&Deed::ToggleSide.text()).click();
    h.run();
    assert_eq!(h.state().asked, [Play::Close.into(), Deed::ToggleSide.into()]);
}

#[test]
fn the_overlay_shows_every_key() {
    let h = sheet(sample::model(), Sheet::Shortcuts);
    for deed in Deed::all() {
        let named = h.query_all_by_label(&deed.text()).count() > 0;
        assert!(deed.keys().is_empty() || named, "{deed:?}");
        for keys in deed.keys() {
            assert!(h.query_all_by_label(&keys.words()).count() > 0, "{}", keys.words());
        }
    }
}

#[test]
fn settings_show_how_loud_one_is() {
    let h = sheet(sample::model(), Sheet::Settings);
    let level = |name| {
        h.get_by_role_and_label(Role::ProgressIndicator, name).accesskit_node().numeric_value()
    };
    assert_eq!((level("You"), level("The others")), (Some(0.0), Some(70.0)));
    let mut model = sample::model();
    model.meeting.as_mut().expect("a meeting").sound.source = false;
    let h = sheet(model, Sheet::Settings);
    h.get_by_label("There is no microphone and no sound file.");
}

#[test]
fn microphone_and_loudspeaker_are_chosen_and_tried() {
    let mut model = sample::model();
    let device = |id: &str, name: &str| Device { id: id.into(), name: name.into() };
    model.devices = Devices {
        microphones: vec![device("usb", "Headset"), device("pci", "Built-in Audio")],
        loudspeakers: vec![device("usb", "Headset")],
    };
    model.settings.loudspeaker = DeviceChoice::Named("gone".into());
    model.rehearsal = Some(Rehearsing::Over { loudest: 0 });
    let mut h = sheet(model, Sheet::Settings);
    h.get_by_label("Loudspeaker: gone (not plugged in)");
    h.get_by_label(
        "Nothing was heard. Is the microphone switched off, or covered? Else choose another one.",
    );
    h.get_by_label("Say something and hear it").click();
    h.run_steps(2);
    assert!(h.state().asked.contains(&Command::Window(Window::Rehearse)));
    for choice in [
        "Microphone: Headset",
        "Loudspeaker: None",
        "Hear the others: Soon, with a gap now and then",
        "Noise suppression",
        "Gentle gain",
        "Begin meetings with the loudspeaker on",
    ] {
        h.get_by_label(choice).click();
        h.run_steps(2);
    }
    let settings = kept(&h.state().asked).expect("kept");
    assert_eq!(settings.microphone, DeviceChoice::Named("usb".into()));
    assert_eq!((&settings.loudspeaker, settings.listening), (&DeviceChoice::Off, true));
    assert_eq!(settings.delay, Delay::Low);
    assert!(!settings.suppress_noise && !settings.gentle_gain, "both are on until then");
}
