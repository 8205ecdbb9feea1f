//! XEP-0313 with XEP-0059: asking a room's archive, page by page.

use super::{delay, element, ns};
use crate::arrival::ArchiveId;
use xmpp_parsers::minidom::Element;

/// Which part of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Its beginning.
    First,
    /// What follows this message.
    After(ArchiveId),
    /// Its end.
    Last,
}

/// Asks for at most `page` messages. The answers carry `question`.
pub fn query(question: &str, part: &Part, page: usize) -> Element {
    let max = element!("max", ns::RSM).append(page.to_string()).build();
    let part = match part {
        Part::First => None,
        Part::After(id) => Some(element!("after", ns::RSM).append(id.0.clone()).build()),
        Part::Last => Some(element!("before", ns::RSM).build()),
    };
    let set = element!("set", ns::RSM).append(max).append_all(part).build();
    element!("query", ns::MAM, "queryid" = question).append(set).build()
}

/// One message from an archive.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Which question it answers.
    pub question: Option<String>,
    /// Where it stands in the archive.
    pub id: ArchiveId,
    /// When it was said, in the server's words.
    pub said_at: Option<String>,
    /// The message itself; missing when the archive sent none.
    pub message: Option<Element>,
}

impl Found {
    /// What a message carries that answers a question to an archive.
    pub fn in_payloads(payloads: &[Element]) -> Option<Self> {
        let result = super::find(payloads, "result", ns::MAM)?;
        let forwarded = result.get_child("forwarded", ns::FORWARD);
        Some(Self {
            question: result.attr("queryid").map(str::to_owned),
            id: ArchiveId(result.attr("id")?.to_owned()),
            said_at: forwarded.and_then(delay::in_element).map(str::to_owned),
            message: forwarded.and_then(|f| f.get_child("message", ns::CLIENT)).cloned(),
        })
    }
}

/// How a page ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct End {
    /// Whether nothing follows.
    pub complete: bool,
    /// The last id of the page.
    pub last: Option<ArchiveId>,
}

impl End {
    /// What the answer to the question itself says.
    pub fn read(fin: Option<&Element>) -> Self {
        let Some(fin) = fin.filter(|fin| fin.is("fin", ns::MAM)) else {
            return Self::default();
        };
        let last =
            fin.get_child("set", ns::RSM).and_then(|set| super::text_of(set, "last", ns::RSM));
        let complete = matches!(fin.attr("complete"), Some("true" | "1"));
        Self { complete, last: last.map(ArchiveId) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_from_what_servers_send() {
        let result = "<result xmlns='urn:xmpp:mam:2' queryid='q1' id='42'><forwarded xmlns='urn:xmpp:forward:0'>\
            <delay xmlns='urn:xmpp:delay' stamp='2026-11-22T08:00:00Z'/>\
            <message xmlns='jabber:client' from='r@c/Anna'><body>hi</body></message></forwarded></result>";
        let found = Found::in_payloads(&[result.parse().expect("well-formed")]).expect("a message");
        assert_eq!(found.question.as_deref(), Some("q1"));
        assert_eq!(found.id, ArchiveId("42".to_owned()));
        assert_eq!(found.said_at.as_deref(), Some("2026-11-22T08:00:00Z"));
        assert!(found.message.is_some());
        let bare = "<result xmlns='urn:xmpp:mam:2' id='43'/>".parse().expect("well-formed");
        assert_eq!(Found::in_payloads(&[bare]).expect("an id is enough").message, None);
        let nothing = "<result xmlns='urn:xmpp:mam:2'/>".parse().expect("well-formed");
        assert_eq!(Found::in_payloads(&[nothing]), None);
    }

    #[test]
    fn a_page_ends_somewhere() {
        let fin: Element = "<fin xmlns='urn:xmpp:mam:2' complete='true'><set xmlns='http://jabber.org/protocol/rsm'>\
            <first>1</first><last>9</last></set></fin>"
            .parse()
            .expect("well-formed");
        assert_eq!(
            End::read(Some(&fin)),
            End { complete: true, last: Some(ArchiveId("9".to_owned())) }
        );
        assert_eq!(End::read(None), End::default());
    }

    #[test]
    fn a_question_says_where_to_go_on() {
        let after = ArchiveId("a&b".to_owned());
        let text = String::from(&query("q", &Part::After(after), 50));
        assert!(text.contains("a&amp;b") && text.contains("50"), "{text}");
    }
}
