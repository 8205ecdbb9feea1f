//! What a node says to people, in their language: every program around it words trouble alike.
//!
//! The texts are in `words/`, one file a language. The language is the process's
//! ([`set_language`]), and rust-i18n's: a program that has texts of its own sets both at once.

use crate::io::carrier::CarrierError;
#[cfg(feature = "devices")]
use crate::io::devices::{DeviceError, Kind};
use crate::io::document::{ConvertError, Warning};
use crate::io::mesh::MeshError;
use crate::io::profile::ProfileError;
use crate::io::recording::ReplayError;
use crate::limits::{DOCUMENT_BYTES, DOCUMENT_PAGES};
use crate::node::export::ExportError;
use crate::node::history::ForgetError;
use crate::node::lobby::Diagnosis;
use crate::node::recordings::{DeleteError, RecordingProblem};
use crate::node::{Notice, PlayError, Refusal, StartError};
use crate::room::pages::PageProblem;
use rust_i18n::t;
use std::io;

/// Makes a language the process's: `en` or `zh`. Anything else speaks English.
pub fn set_language(code: &str) {
    rust_i18n::set_locale(code);
}

/// A notice as a sentence that says what happened and what to do.
#[must_use]
pub fn notice(notice: &Notice) -> String {
    let text = match notice {
        Notice::WrongCode { peer, failures } => {
            t!("notice.wrong_code", peer = peer.short(), failures = failures)
        }
        Notice::Fork { name, author, seq } => {
            t!("notice.fork", name = clean(name), peer = author.short(), seq = seq)
        }
        Notice::Healed { what } => t!("notice.healed", what = clean(what)),
        Notice::Document { name, problem } => {
            t!("notice.document", name = clean(name), problem = clean(problem))
        }
        Notice::Partly { name, problem } => {
            t!("notice.partly", name = clean(name), problem = clean(problem))
        }
        Notice::NothingLocked => t!("notice.nothing_locked"),
        Notice::NothingSaved => t!("notice.nothing_saved"),
        Notice::Cancelled { name } => t!("notice.cancelled", name = clean(name)),
        Notice::Unknown { what } => t!("notice.unknown", what = clean(what)),
        Notice::Invalid { problem } => t!("notice.invalid", problem = clean(problem)),
        Notice::BadLink => t!("notice.bad_link"),
        Notice::NotPresenting => t!("notice.not_presenting"),
        Notice::DrawingForbidden => t!("notice.drawing_forbidden"),
        Notice::NoDocument => t!("notice.no_document"),
        Notice::NoSuchPage { page, pages } => {
            t!("notice.no_such_page", page = page, pages = pages)
        }
        Notice::Storage { problem } => t!("notice.storage", problem = clean(problem)),
        Notice::DiskFull => t!("notice.disk_full"),
        Notice::Sound { problem, .. } => t!("notice.sound", problem = clean(problem)),
        Notice::SpeaksFrom { device } => t!("notice.speaks_from", device = clean(device)),
        Notice::PlaysTo { device } => t!("notice.plays_to", device = clean(device)),
        Notice::Howls => t!("notice.howls"),
        Notice::Howled => t!("notice.howled"),
        Notice::SoundAwaited { seconds } => t!("notice.sound_awaited", seconds = seconds),
        Notice::Carrier { problem } => t!("notice.carrier", problem = clean(problem)),
        Notice::Network { problem } => t!("notice.network", problem = clean(problem)),
        Notice::NotFound { what: Some(what) } => t!("notice.not_found", what = clean(what)),
        Notice::NotFound { what: None } => t!("notice.none_found"),
    };
    text.into_owned()
}

/// Why a document could not be taken away.
#[must_use]
pub fn not_exported(error: &ExportError) -> String {
    let text = match error {
        ExportError::NoMeeting(folder) => {
            t!("export.no_meeting", folder = clean(&folder.to_string_lossy()))
        }
        ExportError::Log(problem) => t!("export.log", problem = clean(&problem.to_string())),
        ExportError::NoDocument(Some(name)) => t!("export.no_such", name = clean(name)),
        ExportError::NoDocument(None) => t!("export.none"),
        ExportError::NotHere(name) => t!("export.not_here", name = clean(name)),
        ExportError::Document(problem) => return not_shown(problem),
        ExportError::Disk { path, source } => {
            let path = path.display().to_string();
            t!("export.disk", path = clean(&path), problem = clean(&source.to_string()))
        }
    };
    text.into_owned()
}

/// A notice's word for scripts, the same in each language.
#[must_use]
pub const fn notice_kind(notice: &Notice) -> &'static str {
    match notice {
        Notice::WrongCode { .. } => "wrong_code",
        Notice::Fork { .. } => "fork",
        Notice::Healed { .. } => "healed",
        Notice::Document { .. } => "document",
        Notice::Partly { .. } => "partly",
        Notice::NothingLocked => "nothing_locked",
        Notice::NothingSaved => "nothing_saved",
        Notice::Cancelled { .. } => "cancelled",
        Notice::Unknown { .. } => "unknown",
        Notice::Invalid { .. } => "invalid",
        Notice::BadLink => "bad_link",
        Notice::NotPresenting => "not_presenting",
        Notice::DrawingForbidden => "drawing_forbidden",
        Notice::NoDocument => "no_document",
        Notice::NoSuchPage { .. } => "no_such_page",
        Notice::Storage { .. } => "storage",
        Notice::DiskFull => "disk_full",
        Notice::Sound { .. } => "sound",
        Notice::SpeaksFrom { .. } => "speaks_from",
        Notice::PlaysTo { .. } => "plays_to",
        Notice::Howls => "howls",
        Notice::Howled => "howled",
        Notice::SoundAwaited { .. } => "sound_awaited",
        Notice::Carrier { .. } => "carrier",
        Notice::Network { .. } => "network",
        Notice::NotFound { .. } => "not_found",
    }
}

/// Why a document can't be shown, and what to do.
#[must_use]
pub fn not_shown(error: &ConvertError) -> String {
    use ConvertError as E;
    let most_megabytes = DOCUMENT_BYTES >> 20;
    let text = match error {
        E::Unreadable { source, .. } => match source.kind() {
            io::ErrorKind::NotFound => t!("document.absent"),
            io::ErrorKind::PermissionDenied => t!("document.forbidden"),
            _ => t!("document.unreadable", problem = source),
        },
        E::TooLarge { bytes } => {
            t!("document.too_large", megabytes = bytes >> 20, most = most_megabytes)
        }
        E::NoBytes => t!("document.no_bytes"),
        E::Unknown => t!("document.unknown_kind"),
        E::NeedsOffice => t!("document.needs_office"),
        E::LockedOffice => t!("document.locked_office"),
        E::Bomb => t!("document.bomb"),
        E::OfficeFailed => t!("document.office_failed"),
        E::OfficeSlow => t!("document.office_slow"),
        E::NoPictures { path } => t!("document.no_pictures", file = clean(&path.to_string_lossy())),
        E::Pictures { .. } => t!("document.pictures"),
        E::Damaged => t!("document.damaged"),
        E::Password { .. } => t!("document.password"),
        E::Encryption => t!("document.encryption"),
        E::Empty => t!("document.empty"),
        E::TooManyPages { pages } => {
            t!("document.too_many_pages", pages = pages, most = DOCUMENT_PAGES)
        }
        E::Unopenable { problem: PageProblem::TooSlow } => t!("document.open_slow"),
        E::Unopenable { .. } => t!("document.open_memory"),
        E::Nothing { problem, .. } => t!("document.nothing", problem = page_problem(*problem)),
        E::Changed => t!("document.changed"),
        E::Store(full) if full.kind() == io::ErrorKind::StorageFull => t!("document.disk_full"),
        E::Store(problem) => t!("document.store", problem = problem),
        E::Worker(problem) => t!("document.worker", problem = problem),
        E::Index(problem) => t!("document.index", problem = problem),
        E::Cancelled => t!("document.stopped"),
    };
    text.into_owned()
}

/// What of a document can't be shown, and what to do.
#[must_use]
pub fn partly(warning: &Warning) -> String {
    let text = match warning {
        Warning::Page { number, problem } => {
            t!("document.page", number = number, problem = page_problem(*problem))
        }
        Warning::Picture { file, .. } => t!("document.picture", file = clean(file)),
        Warning::Font { font } => t!("document.font", font = clean(font)),
    };
    text.into_owned()
}

/// That as many more parts of a document can't be shown.
#[must_use]
pub fn partly_more(count: usize) -> String {
    t!("document.more", count = count).into_owned()
}

/// That a document came damaged.
#[must_use]
pub fn damaged_index() -> String {
    t!("document.damaged_index").into_owned()
}

/// Why a page has no picture, and what to do.
#[must_use]
pub fn page_problem(problem: PageProblem) -> String {
    let text = match problem {
        PageProblem::TooSlow => t!("page.slow"),
        PageProblem::Died => t!("page.died"),
        PageProblem::TooLarge => t!("page.large"),
        PageProblem::NotTried => t!("page.untried"),
        PageProblem::Pending => t!("page.pending"),
        PageProblem::Ended => t!("page.ended"),
    };
    text.into_owned()
}

/// That a page which was turned to has no picture, and why.
#[must_use]
pub fn missing_page(number: u32, problem: PageProblem) -> String {
    t!("document.page", number = number, problem = page_problem(problem)).into_owned()
}

/// Why one was not let in, and what to do.
#[must_use]
pub fn refusal(refusal: Refusal) -> String {
    let text = match refusal {
        Refusal::WrongCode => t!("refusal.wrong_code"),
        Refusal::CodeNeeded => t!("refusal.code_needed"),
        Refusal::Declined => t!("refusal.declined"),
        Refusal::Removed => t!("refusal.removed"),
        Refusal::TooManyTries => t!("refusal.too_many_tries"),
    };
    text.into_owned()
}

/// A refusal's word for scripts, the same in each language.
#[must_use]
pub const fn refusal_kind(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::WrongCode => "wrong_code",
        Refusal::CodeNeeded => "code_needed",
        Refusal::Declined => "declined",
        Refusal::Removed => "removed",
        Refusal::TooManyTries => "too_many_tries",
    }
}

/// Why a node could not start, and what to do.
#[must_use]
pub fn start_error(error: &StartError) -> String {
    let text = match error {
        StartError::Profile(error) => return profile_error(error),
        StartError::Mesh(MeshError::Setup(problem)) => {
            t!("start.network", problem = clean(problem))
        }
        StartError::Mesh(MeshError::Listen(problem)) => {
            t!("start.listen", problem = clean(problem))
        }
        StartError::Listen(address) => t!("start.address", address = clean(address)),
        StartError::Carrier(CarrierError::Start { program, problem }) => {
            t!("start.carrier", program = clean(program), problem = clean(problem))
        }
        StartError::System(problem) => t!("start.system", problem = clean(problem)),
    };
    text.into_owned()
}

/// Why a data folder can't be used, and what to do.
#[must_use]
pub fn profile_error(error: &ProfileError) -> String {
    let text = match error {
        ProfileError::InUse(folder) => t!("start.in_use", folder = folder.display()),
        ProfileError::DamagedIdentity(file) => {
            t!("start.damaged_identity", file = file.display())
        }
        ProfileError::NoChance => t!("start.no_chance"),
        ProfileError::Disk { path, problem } => {
            t!("start.disk", path = path.display(), problem = problem)
        }
    };
    text.into_owned()
}

/// Why an earlier meeting could not be deleted, and what to do.
#[must_use]
pub fn forget_error(error: &ForgetError) -> String {
    match error {
        ForgetError::Profile(ProfileError::InUse(_)) => t!("forget.in_use").into_owned(),
        ForgetError::Profile(error) => profile_error(error),
        ForgetError::Disk(problem) => t!("forget.failed", problem = problem).into_owned(),
    }
}

/// What is damaged of a recording, and what to do.
#[must_use]
pub fn recording_problem(problem: &RecordingProblem) -> String {
    let text = match problem {
        RecordingProblem::Sound(problem) => t!("recording.sound", problem = clean(problem)),
        RecordingProblem::Log(problem) => t!("recording.log", problem = clean(problem)),
    };
    text.into_owned()
}

/// Why a recording can't be played, and what to do.
#[must_use]
pub fn play_error(error: &PlayError) -> String {
    let text = match error {
        PlayError::NoMeeting(folder) => t!("recording.no_meeting", folder = folder.display()),
        PlayError::Replay(ReplayError::NotRecorded(_)) => t!("recording.not_recorded"),
        PlayError::Replay(error) => t!("recording.sound", problem = error),
        PlayError::Log(error) => t!("recording.log", problem = error),
        PlayError::Sound(problem) => t!("recording.no_sound", problem = clean(problem)),
    };
    text.into_owned()
}

/// Why a microphone or a loudspeaker can't be used, and what to do; goes on a sentence begun.
#[cfg(feature = "devices")]
#[must_use]
pub fn device_error(error: &DeviceError) -> String {
    let text = match error {
        DeviceError::NoSystem(problem) => t!("device.no_system", problem = clean(problem)),
        DeviceError::None { what: Kind::Microphone } => t!("device.no_microphone"),
        DeviceError::None { what: Kind::Loudspeaker } => t!("device.no_loudspeaker"),
        DeviceError::NotFound { name, have, .. } => {
            t!("device.not_found", name = clean(name), have = clean(have))
        }
        DeviceError::Form { name, why } => t!("device.form", name = clean(name), why = clean(why)),
        DeviceError::Open { name, why } => t!("device.open", name = clean(name), why = clean(why)),
    };
    text.into_owned()
}

/// Why a recording could not be deleted, and what to do.
#[must_use]
pub fn delete_error(error: &DeleteError) -> String {
    let text = match error {
        DeleteError::NoMeeting(folder) => t!("recording.no_meeting", folder = folder.display()),
        DeleteError::InUse => t!("recording.in_use"),
        DeleteError::Disk(problem) => t!("recording.not_deleted", problem = problem),
    };
    text.into_owned()
}

/// Why no meeting may be found, and what to do.
#[must_use]
pub fn diagnosis(why: &Diagnosis) -> String {
    let text = match why {
        Diagnosis::NoNetwork => t!("diagnosis.no_network"),
        Diagnosis::NoMulticast => t!("diagnosis.no_multicast"),
        Diagnosis::Blocked => t!("diagnosis.blocked"),
        Diagnosis::Unavailable(problem) => t!("diagnosis.unavailable", problem = clean(problem)),
        Diagnosis::NobodyHere => t!("diagnosis.nobody_here"),
    };
    text.into_owned()
}

/// Text from outside without what could move a terminal's cursor, forge a line or turn the
/// direction of writing: control characters (Unicode category Cc, but the tab) and the bidirectional
/// controls of UAX #9.
#[must_use]
pub fn clean(text: &str) -> String {
    let shown = |c: char| match c {
        '\t' | '\n' => ' ',
        '\u{061c}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::id::MemberId;
    use std::collections::{BTreeMap, BTreeSet};

    fn texts(language: &str) -> BTreeMap<String, String> {
        let texts = crate::_rust_i18n_backend().messages_for_locale(language).expect(language);
        let texts = texts.into_iter().map(|(key, text)| (key.into_owned(), text.into_owned()));
        texts.filter(|(key, _)| key != "_version").collect()
    }

    /// The names in `%{…}`.
    fn values(text: &str) -> BTreeSet<&str> {
        text.split("%{").skip(1).filter_map(|rest| rest.split('}').next()).collect()
    }

    #[test]
    fn both_languages_have_the_same_keys_and_values() {
        let (en, zh) = (texts("en"), texts("zh"));
        assert_eq!(en.keys().collect::<Vec<_>>(), zh.keys().collect::<Vec<_>>());
        for (key, text) in &en {
            assert_eq!(values(text), values(&zh[key]), "{key}");
            let chinese = zh[key].chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            assert!(chinese && !text.trim().is_empty(), "{key} is not translated");
        }
    }

    #[test]
    fn what_is_said_has_a_text_and_each_text_is_said() {
        let source: String =
            include_str!("words.rs").split_whitespace().collect::<Vec<_>>().join(" ");
        let keys = source.split("t!(\"").skip(1).filter_map(|rest| rest.split('"').next());
        let keys: BTreeSet<_> = keys.filter(|key| key.contains('.')).map(str::to_owned).collect();
        assert_eq!(keys, texts("en").into_keys().collect());
    }

    #[test]
    fn a_peers_text_cannot_play_with_the_terminal() {
        assert_eq!(clean("a\u{1b}[2Jb\nc\u{202e}d\u{9b}"), "a\u{fffd}[2Jb c\u{fffd}d\u{fffd}");
        assert_eq!(clean("李雷 ❤ é"), "李雷 ❤ é");
        let name = "Ann\u{1b}[31m".to_owned();
        assert!(!notice(&Notice::Unknown { what: name }).contains('\u{1b}'));
    }

    #[test]
    fn values_are_put_into_the_sentence() {
        let text = notice(&Notice::WrongCode { peer: MemberId([0xc3; 32]), failures: 2 });
        assert!(text.contains("c3c3c3c3") && text.contains('2'), "{text}");
        let text = start_error(&StartError::Profile(ProfileError::InUse("/data/ann".into())));
        assert!(text.contains("/data/ann"), "{text}");
    }
}
