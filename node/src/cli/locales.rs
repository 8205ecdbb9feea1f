//! Tests of `locales/`: each language says all there is to say, and nothing is said in none.

use super::input::BadInput;
use super::{demo, help, print_text};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Keys that are chosen by value, here and in the modules that choose them.
fn composed() -> Vec<String> {
    let all = [
        BadInput::UnknownWord,
        BadInput::Page,
        BadInput::Document,
        BadInput::Password,
        BadInput::StrokePoints,
        BadInput::StrokeLong,
        BadInput::StrokeWord,
        BadInput::StrokeFigure,
        BadInput::Note,
        BadInput::NoteLong,
        BadInput::Erase,
        BadInput::React,
        BadInput::Drawing,
        BadInput::Record,
        BadInput::Say,
        BadInput::SayLong,
        BadInput::Hand,
        BadInput::Name,
        BadInput::Source,
        BadInput::Sink,
        BadInput::Laser,
        BadInput::Volume,
        BadInput::Room,
        BadInput::Headphones,
        BadInput::Loudspeaker,
        BadInput::Delay,
        BadInput::At,
        BadInput::AtWhat,
        BadInput::Character,
        BadInput::TooMany,
    ];
    let mut keys: Vec<String> = all.map(|bad| bad.key().to_owned()).into();
    keys.extend(help::composed_keys());
    keys.extend(print_text::composed_keys());
    keys.extend(demo::composed_keys());
    keys
}

fn texts(locale: &str) -> BTreeMap<String, String> {
    let texts = crate::_rust_i18n_backend().messages_for_locale(locale).expect(locale);
    texts.into_iter().map(|(key, text)| (key.into_owned(), text.into_owned())).collect()
}

/// The names in `%{…}`.
fn values(text: &str) -> BTreeSet<&str> {
    text.split("%{").skip(1).filter_map(|rest| rest.split('}').next()).collect()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.flat_map(|p| if p.is_dir() { sources(&p) } else { vec![p] });
    files.filter(|path| path.extension().is_some_and(|kind| kind == "rs")).collect()
}

/// `format!("…")` ends like `t!("…")`; what it holds is no key.
fn is_key(text: &str) -> bool {
    let of_key = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    text.contains('.') && text.chars().all(of_key)
}

/// The keys in `t!("key"…)` and `"demo.…"` of the program's sources.
fn written() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli");
    let mut keys = BTreeSet::new();
    for path in sources(&folder) {
        let source = std::fs::read_to_string(path).unwrap();
        let code: Cow<'_, str> = source.split_whitespace().collect::<Vec<_>>().join(" ").into();
        // Also keys that are handed to `demo::Run::until`.
        for start in ["t!(\"", "t!( \"", "SETTING_UP, \"", "speaking, \""] {
            let places = code.split(start).skip(1).filter_map(|rest| rest.split('"').next());
            keys.extend(places.filter(|text| is_key(text)).map(str::to_owned));
        }
    }
    keys
}

#[test]
fn both_languages_have_the_same_keys_and_values() {
    let (en, zh) = (texts("en"), texts("zh"));
    assert_eq!(en.keys().collect::<Vec<_>>(), zh.keys().collect::<Vec<_>>());
    for (key, text) in &en {
        // What is left out in one language is a slip; saying it twice is not.
        assert_eq!(values(text), values(&zh[key]), "{key}");
        assert!(!zh[key].trim().is_empty() && !text.trim().is_empty(), "{key} is empty");
    }
}

#[test]
fn every_key_that_is_used_has_a_text() {
    let en = texts("en");
    for key in written().into_iter().chain(composed()) {
        assert!(en.contains_key(&key), "{key} has no text");
    }
}

#[test]
fn every_text_is_used() {
    let used: BTreeSet<String> = written().into_iter().chain(composed()).collect();
    for key in texts("en").into_keys().filter(|key| key != "_version") {
        assert!(used.contains(&key), "{key} is never said");
    }
}

#[test]
fn chinese_is_chinese() {
    let latin = |text: &str| !text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    // Names and layouts that are the same in each language.
    let same = ["help.heading.any_options", "text.found", "demo.speech_espeak", "_version"];
    for (key, text) in texts("zh").iter().filter(|(key, _)| !same.contains(&key.as_str())) {
        let only_values = values(text)
            .iter()
            .fold(text.clone(), |left, value| left.replace(&format!("%{{{value}}}"), ""));
        let says_nothing = only_values.chars().all(|c| !c.is_alphabetic());
        assert!(says_nothing || !latin(text), "{key} is not translated: {text}");
    }
}
