//! Which language people read.

use clap::ValueEnum;
use std::ffi::OsString;

/// A language with a file in `locales/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    En,
    Zh,
}

impl Language {
    /// The name of its file in `locales/`.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh",
        }
    }
}

/// Makes one language the program's, before anything is said: `--lang` counts even for `--help`
/// and for complaints about the command line, so it is looked for before that is parsed.
pub(crate) fn choose(args: &[OsString]) {
    let language = asked(args).unwrap_or_else(|| spoken(sys_locale::get_locales()));
    rust_i18n::set_locale(language.code());
}

fn asked(args: &[OsString]) -> Option<Language> {
    let mut words = args.iter().filter_map(|arg| arg.to_str());
    let value = words.find_map(|word| match word.strip_prefix("--lang") {
        Some("") => Some(None),
        Some(rest) => rest.strip_prefix('=').map(Some),
        None => None,
    })?;
    Language::from_str(value.or_else(|| words.next())?, true).ok()
}

/// The first of the environment's languages (LANGUAGE, LC_ALL, LC_MESSAGES, LANG) that we speak.
/// `C` and `POSIX` are not languages; English speaks for them and all others.
fn spoken(locales: impl IntoIterator<Item = String>) -> Language {
    locales
        .into_iter()
        .find_map(|locale| match locale.split(['-', '_', '.']).next()? {
            "zh" => Some(Language::Zh),
            "en" => Some(Language::En),
            _ => None,
        })
        .unwrap_or(Language::En)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked_in(line: &str) -> Option<Language> {
        asked(&line.split(' ').map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn the_option_is_found_in_either_form() {
        assert_eq!(asked_in("moot-node find --lang zh"), Some(Language::Zh));
        assert_eq!(asked_in("moot-node --lang=en find"), Some(Language::En));
        assert_eq!(asked_in("moot-node find"), None);
        assert_eq!(asked_in("moot-node --lang"), None);
        assert_eq!(asked_in("moot-node --lang fr"), None);
        assert_eq!(asked_in("moot-node --language zh"), None);
    }

    #[test]
    fn the_environments_first_known_language_wins() {
        let spoken = |names: &[&str]| spoken(names.iter().map(|&n| n.to_owned()));
        assert_eq!(spoken(&["zh-CN"]), Language::Zh);
        assert_eq!(spoken(&["de-DE", "zh-Hans-CN", "en"]), Language::Zh);
        assert_eq!(spoken(&["C"]), Language::En);
        assert_eq!(spoken(&[]), Language::En);
    }
}
