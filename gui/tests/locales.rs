//! `locales/`: each language says all there is to say, with the same values, and every key that the
//! sources use is there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

rust_i18n::i18n!("locales", fallback = "en");

fn texts(locale: &str) -> BTreeMap<String, String> {
    let texts = _rust_i18n_backend().messages_for_locale(locale).expect("the language is there");
    texts
        .into_iter()
        .map(|(key, text)| (key.into_owned(), text.into_owned()))
        .filter(|(key, _)| key != "_version")
        .collect()
}

/// The names in `%{…}`.
fn values(text: &str) -> BTreeSet<&str> {
    text.split("%{").skip(1).filter_map(|rest| rest.split('}').next()).collect()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").path());
    let files = entries.flat_map(|p| if p.is_dir() { sources(&p) } else { vec![p] });
    files.filter(|path| path.extension().is_some_and(|kind| kind == "rs")).collect()
}

fn is_key(text: &str) -> bool {
    let of_key = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._".contains(c);
    text.contains('.') && text.chars().all(of_key)
}

/// All words in quotes that look like keys, or like the beginning of some before a `{`.
fn quoted() -> (BTreeSet<String>, BTreeSet<String>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut whole, mut begun) = (BTreeSet::new(), BTreeSet::new());
    for path in sources(&folder) {
        let source = std::fs::read_to_string(path).expect("a source");
        for words in source.split('"') {
            match words.split_once('{') {
                None if is_key(words) => whole.insert(words.to_owned()),
                Some((start, _)) if is_key(start) => begun.insert(start.to_owned()),
                _ => false,
            };
        }
    }
    (whole, begun)
}

/// The keys in `t!("key"…)`.
fn written() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut keys = BTreeSet::new();
    for path in sources(&folder) {
        let source = std::fs::read_to_string(path).expect("a source");
        let code = source.split_whitespace().collect::<Vec<_>>().join(" ");
        for start in ["t!(\"", "t!( \""] {
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
        assert_eq!(values(text), values(&zh[key]), "{key}");
        assert!(!zh[key].trim().is_empty() && !text.trim().is_empty(), "{key} is empty");
    }
}

#[test]
fn every_key_that_is_used_has_a_text() {
    let en = texts("en");
    let written = written();
    assert!(written.len() > 100, "the sources are read: {}", written.len());
    for key in written {
        assert!(en.contains_key(&key), "{key} has no text");
    }
}

#[test]
fn every_text_is_used() {
    let (whole, begun) = quoted();
    let used =
        |key: &String| whole.contains(key) || begun.iter().any(|start| key.starts_with(start));
    let idle: Vec<_> = texts("en").into_keys().filter(|key| !used(key)).collect();
    assert!(idle.is_empty(), "{idle:#?}");
}

#[test]
fn chinese_is_chinese() {
    // Numbers, units and addresses that are the same in each language.
    let same: BTreeSet<&str> = BTreeSet::new();
    for (key, text) in texts("zh").iter().filter(|(key, _)| !same.contains(key.as_str())) {
        let without_values = values(text)
            .iter()
            .fold(text.clone(), |left, value| left.replace(&format!("%{{{value}}}"), ""));
        let has_letters = without_values.chars().any(char::is_alphabetic);
        let chinese = text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        assert!(!has_letters || chinese, "{key} is not translated: {text}");
    }
}
