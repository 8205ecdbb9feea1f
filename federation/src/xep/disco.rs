//! XEP-0030: what is at an address, and what it can do.

use super::{element, ns};
use xmpp_parsers::minidom::Element;

/// Items of a server that are looked at: a company's has about ten services.
pub const ITEMS: usize = 32;

/// Asks what an entity is.
pub fn info() -> Element {
    element!("query", ns::DISCO_INFO).build()
}

/// What we are, for who asks.
pub fn ours() -> Element {
    let identity = element!(
        "identity",
        ns::DISCO_INFO,
        "category" = "client",
        "type" = "bot",
        "name" = "Moot"
    );
    let features = [ns::DISCO_INFO, ns::MUC, ns::PING];
    let features =
        features.map(|feature| element!("feature", ns::DISCO_INFO, "var" = feature).build());
    element!("query", ns::DISCO_INFO).append(identity.build()).append_all(features).build()
}

/// Asks what belongs to an entity.
pub fn items() -> Element {
    element!("query", ns::DISCO_ITEMS).build()
}

/// Whether an entity says that it can `feature`.
pub fn can(info: &Element, feature: &str) -> bool {
    let features = info.children().filter(|child| child.is("feature", ns::DISCO_INFO));
    features.into_iter().any(|child| child.attr("var") == Some(feature))
}

/// Whether an entity says that it is of this category, as `conference`.
pub fn is(info: &Element, category: &str) -> bool {
    let identities = info.children().filter(|child| child.is("identity", ns::DISCO_INFO));
    identities.into_iter().any(|child| child.attr("category") == Some(category))
}

/// The addresses of what belongs to an entity.
pub fn addresses(items: &Element) -> Vec<String> {
    let items = items.children().filter(|child| child.is("item", ns::DISCO_ITEMS));
    items.filter_map(|item| item.attr("jid")).map(str::to_owned).take(ITEMS).collect()
}

/// The first value of a field in the forms that go with an entity's description (XEP-0128).
pub fn field(info: &Element, name: &str) -> Option<String> {
    let forms = info.children().filter(|child| child.is("x", ns::DATA));
    let mut fields =
        forms.flat_map(Element::children).filter(|field| field.attr("var") == Some(name));
    fields.find_map(|field| super::text_of(field, "value", ns::DATA))
}

#[test]
fn read_from_what_servers_send() {
    let info: Element = "<query xmlns='http://jabber.org/protocol/disco#info'>\
        <identity category='store' type='file'/><feature var='urn:xmpp:http:upload:0'/><feature/>\
        <x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE'><value>urn:xmpp:http:upload:0</value></field>\
        <field var='max-file-size'><value>10485760</value></field></x></query>"
        .parse()
        .expect("well-formed");
    assert!(can(&info, ns::UPLOAD) && !can(&info, ns::MAM));
    assert!(is(&info, "store") && !is(&info, "conference"));
    assert_eq!(field(&info, "max-file-size").as_deref(), Some("10485760"));
    assert_eq!(field(&info, "other"), None);
}
