//! XEP-0203: when something was said that is told only now.

use super::ns;
use xmpp_parsers::jid::BareJid;
use xmpp_parsers::minidom::Element;

/// When `room` says that it was said. An author's own word for it does not count.
pub fn told_by<'a>(payloads: &'a [Element], room: &BareJid) -> Option<&'a str> {
    let delays = payloads.iter().filter(|payload| payload.is("delay", ns::DELAY));
    let theirs = |delay: &&Element| match delay.attr("from") {
        Some(from) => from == room.as_str() || from == room.domain().as_str(),
        None => true,
    };
    delays.filter(theirs).find_map(|delay| delay.attr("stamp"))
}

/// When an element that carries a delay (XEP-0297) says that it was said.
pub fn in_element(element: &Element) -> Option<&str> {
    element.get_child("delay", ns::DELAY)?.attr("stamp")
}

#[test]
fn only_the_rooms_word_counts() {
    let room = BareJid::new("standup@conference.company.test").expect("an address");
    let delay = |from: &str| {
        super::element!("delay", ns::DELAY, "from" = from, "stamp" = "2026-11-22T08:00:00Z").build()
    };
    assert!(told_by(&[delay(room.as_str())], &room).is_some());
    assert!(told_by(&[delay("standup@conference.company.test/Anna")], &room).is_none());
    assert!(told_by(&[], &room).is_none());
}
