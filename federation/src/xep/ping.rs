//! XEP-0199 and XEP-0410: is somebody there, and are we still in the room?

use super::stanza_error::Condition;
use super::{element, ns};
use xmpp_parsers::minidom::Element;

/// The question.
pub fn element() -> Element {
    element!("ping", ns::PING).build()
}

/// What the answer to a ping of our own name in the room means (XEP-0410 §3.2): `Some(true)` we are in, `Some(false)` we are
/// not, `None` nobody knows.
pub fn still_in(answer: Result<(), &Condition>) -> Option<bool> {
    match answer {
        Ok(()) => Some(true),
        Err(condition) => match condition.name.as_str() {
            "service-unavailable" | "feature-not-implemented" | "item-not-found" => Some(true),
            "remote-server-not-found" | "remote-server-timeout" | "undefined-condition" => None,
            _ => Some(false),
        },
    }
}

#[test]
fn what_answers_mean() {
    let refused = |name: &str| Condition { name: name.to_owned(), text: None };
    assert_eq!(still_in(Ok(())), Some(true));
    assert_eq!(still_in(Err(&refused("service-unavailable"))), Some(true));
    assert_eq!(still_in(Err(&refused("not-acceptable"))), Some(false));
    assert_eq!(still_in(Err(&refused("remote-server-timeout"))), None);
}
