//! XEP-0428: a text that only repeats, for people with other programs, what an element says.

use super::{element, ns};
use xmpp_parsers::minidom::Element;

/// Says that the whole body stands in for the elements of the extension `namespace`.
pub fn element(namespace: &str) -> Element {
    element!("fallback", ns::FALLBACK, "for" = namespace)
        .append(element!("body", ns::FALLBACK).build())
        .build()
}

/// Whether the whole body stands in for the extension `namespace`. A fallback for a part of the body is none.
pub fn is_for(payloads: &[Element], namespace: &str) -> bool {
    payloads.iter().filter(|payload| payload.is("fallback", ns::FALLBACK)).any(|fallback| {
        let whole = match fallback.get_child("body", ns::FALLBACK) {
            Some(body) => body.attr("start").is_none() && body.attr("end").is_none(),
            None => fallback.children().next().is_none(),
        };
        whole && fallback.attr("for") == Some(namespace)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_body_or_nothing() {
        assert!(is_for(&[element("urn:moot:1")], "urn:moot:1"));
        assert!(!is_for(&[element("urn:moot:1")], "urn:other"));
        let part = "<fallback xmlns='urn:xmpp:fallback:0' for='urn:moot:1'><body start='0' end='3'/></fallback>";
        assert!(!is_for(&[part.parse().expect("well-formed")], "urn:moot:1"));
        let bare = "<fallback xmlns='urn:xmpp:fallback:0' for='urn:moot:1'/>";
        assert!(is_for(&[bare.parse().expect("well-formed")], "urn:moot:1"));
        assert!(!is_for(
            &["<fallback xmlns='urn:xmpp:fallback:0'/>".parse().expect("fine")],
            "urn:moot:1"
        ));
    }
}
