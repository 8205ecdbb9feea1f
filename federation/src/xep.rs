//! One file for each extension, named by what it is: its elements written, and read leniently.
//!
//! `xmpp-parsers` has typed elements for many more, and refuses as a whole whatever lacks an attribute that its
//! specification demands. What strangers send is read here from plain elements instead: what is missing is missing.

pub mod archive;
pub mod delay;
pub mod disco;
pub mod fallback;
pub mod file_sharing;
pub mod hints;
pub mod ids;
pub mod muc;
pub mod ns;
pub mod oob;
pub mod ping;
pub mod room_config;
pub mod stanza_error;
pub mod upload;

/// An element without children; attributes follow in pairs.
macro_rules! element {
    ($name:expr, $ns:expr $(, $attribute:literal = $value:expr)* $(,)?) => {
        xmpp_parsers::minidom::Element::builder($name, $ns)
            $(.attr(xmpp_parsers::minidom::rxml::xml_ncname!($attribute).to_owned(), $value))*
    };
}
pub(crate) use element;

use xmpp_parsers::minidom::Element;

/// The first of `payloads` that is `name` in `ns`.
pub(crate) fn find<'a>(payloads: &'a [Element], name: &str, ns: &str) -> Option<&'a Element> {
    payloads.iter().find(|payload| payload.is(name, ns))
}

/// The text of a child, when there is one that is not empty.
pub(crate) fn text_of(element: &Element, name: &str, ns: &str) -> Option<String> {
    element.get_child(name, ns).map(Element::text).filter(|text| !text.is_empty())
}
