//! Plain text and Markdown as a web page, which LibreOffice lays out. Pure.

use super::kind::Office;
use encoding_rs::{Encoding, GB18030, UTF_8, WINDOWS_1252};
use pulldown_cmark::{Options, Parser, html};
use std::borrow::Cow;

/// Large letters on slides' paper, as most of these are read from the other end of a room. LibreOffice
/// brings these fonts along, and takes others where letters are missing.
const STYLE: &str = "@page { size: 254mm 142.9mm; margin: 12mm }\
body, h1, h2, h3, h4, h5, h6 { font-family: 'DejaVu Sans', sans-serif }\
body { font-size: 16pt; line-height: 130% }\
pre, code { font-family: 'DejaVu Sans Mono', monospace; font-size: 12pt }\
pre { white-space: pre-wrap }";

/// LibreOffice draws borders that are attributes, and none that are style.
const TABLE: &str = "<table border=\"1\" cellspacing=\"0\" cellpadding=\"4\">";

/// What LibreOffice is given: HTML for text and Markdown, and for anything else the bytes themselves.
pub(super) fn prepared(kind: Office, bytes: Vec<u8>) -> Vec<u8> {
    let body = match kind {
        Office::Markdown => marked(&decoded(&bytes)),
        Office::Text => plain(&decoded(&bytes)),
        _ => return bytes,
    };
    format!(
        "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><style>{STYLE}</style></head>\
         <body>{body}</body></html>"
    )
    .into_bytes()
}

fn marked(text: &str) -> String {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut body = String::new();
    html::push_html(&mut body, Parser::new_ext(text, options));
    // Text has no "<" of its own here, so this is the tag and nothing else.
    body.replace("<table>", TABLE)
}

fn plain(text: &str) -> String {
    let mut body = String::from("<pre>");
    html::push_html(&mut body, [pulldown_cmark::Event::Text(text.into())].into_iter());
    body + "</pre>"
}

/// Text in the encoding it seems to have: Unicode; else Chinese, where that fits; else Western.
fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    let marked = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    let guesses = [UTF_8, GB18030];
    let fits = |encoding: &&'static Encoding| {
        encoding.decode_without_bom_handling_and_without_replacement(bytes).is_some()
    };
    let encoding = marked.or_else(|| guesses.into_iter().find(fits)).unwrap_or(WINDOWS_1252);
    encoding.decode(bytes).0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(kind: Office, bytes: &[u8]) -> String {
        String::from_utf8(prepared(kind, bytes.to_vec())).expect("HTML in UTF-8")
    }

    #[test]
    fn text_is_shown_as_it_is() {
        let text = page(Office::Text, b"a < b\n  & <script>");
        assert!(text.contains("<pre>a &lt; b\n  &amp; &lt;script&gt;</pre>"), "{text}");
    }

    #[test]
    fn encodings_are_told_apart() {
        for (bytes, wanted) in [
            ("会议".as_bytes(), "会议"),
            (b"\xbb\xe1\xd2\xe9", "会议"),
            (b"\xff\xfe\x1a\x4f", "会"),
            (b"caf\xe9", "café"),
        ] {
            assert!(page(Office::Text, bytes).contains(wanted), "{wanted}");
        }
    }

    #[test]
    fn markdown_is_laid_out() {
        let page = page(Office::Markdown, b"# Title\n\n| a | b |\n|---|---|\n| 1 | 2 |\n");
        assert!(page.contains("<h1>Title</h1>") && page.contains("<td>2</td>"), "{page}");
    }

    #[test]
    fn other_kinds_stay_as_they_are() {
        assert_eq!(prepared(Office::Html, b"<p>x".to_vec()), b"<p>x");
    }
}
