//! What the payloads' tests share: a payload's element in an otherwise fixed stanza.

use super::{Action, Payload, Stamp, StanzaError};
use crate::room::time::{Epoch, MediaTime};

/// An action with the smallest stamp.
pub(super) fn action(payload: Payload) -> Action {
    let stamp = Stamp { seq: 1, lamport: 1, epoch: Epoch(0), at: MediaTime::ZERO };
    Action { stamp, payload }
}

/// A stanza around `element`.
pub(super) fn stanza(element: &str) -> String {
    action(Payload::Leave).to_xml().replace("<leave/>", element)
}

/// The payload that `element` is.
pub(super) fn parse(element: &str) -> Payload {
    let parsed = Action::parse(&stanza(element));
    parsed.unwrap_or_else(|error| panic!("{error}: {element}")).payload
}

/// Asserts why `element` is no payload.
pub(super) fn refuses(element: &str, why: StanzaError) {
    assert_eq!(Action::parse(&stanza(element)), Err(why), "{element}");
}

/// The element that `payload` is written as.
pub(super) fn wire(payload: &Payload) -> String {
    let mut out = String::new();
    payload.write(&mut out);
    out
}
