//! XEP-0066: an address; ordinary programs show the picture behind it when the body is the same address.

use super::{element, find, ns, text_of};
use xmpp_parsers::minidom::Element;

/// The address as an element.
pub fn element(url: &str) -> Element {
    element!("x", ns::OOB).append(element!("url", ns::OOB).append(url.to_owned()).build()).build()
}

/// The address that `payloads` carry.
pub fn url_in(payloads: &[Element]) -> Option<String> {
    text_of(find(payloads, "x", ns::OOB)?, "url", ns::OOB)
}

#[test]
fn written_and_read_back() {
    assert_eq!(url_in(&[element("https://a/?x=1&y=2")]).as_deref(), Some("https://a/?x=1&y=2"));
    assert_eq!(url_in(&[element!("x", ns::OOB).build()]), None);
}
