//! XEP-0363: a place for a file on the company's server.

use super::{element, ns};
use xmpp_parsers::minidom::Element;

/// Headers that a server may ask for beside its address (§4), and no others.
const HEADERS: [&str; 3] = ["Authorization", "Cookie", "Expires"];

/// Asks for a place.
pub fn request(name: &str, size: u64, media_type: &str) -> Element {
    let size = size.to_string();
    element!("request", ns::UPLOAD, "filename" = name, "size" = size, "content-type" = media_type)
        .build()
}

/// A place for a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Where the file is put.
    pub put: String,
    /// What goes with it: names as in [`HEADERS`], values of one line.
    pub headers: Vec<(String, String)>,
    /// Where everybody gets it.
    pub get: String,
}

impl Slot {
    /// The place that the server gave; `None` when it lacks an address.
    pub fn read(slot: &Element) -> Option<Self> {
        let put = slot.get_child("put", ns::UPLOAD)?;
        let headers = put.children().filter(|child| child.is("header", ns::UPLOAD));
        let headers = headers.filter_map(|header| {
            let name = header.attr("name")?;
            let known = HEADERS.iter().find(|known| known.eq_ignore_ascii_case(name))?;
            // §4: a line break would let the server write requests of its own in our name.
            Some(((*known).to_owned(), header.text().replace(['\r', '\n'], "")))
        });
        Some(Self {
            put: put.attr("url")?.to_owned(),
            headers: headers.take(HEADERS.len()).collect(),
            get: slot.get_child("get", ns::UPLOAD)?.attr("url")?.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(slot: &str) -> Option<Slot> {
        Slot::read(&slot.parse().expect("well-formed"))
    }

    #[test]
    fn read_from_what_servers_send() {
        let slot = read(
            "<slot xmlns='urn:xmpp:http:upload:0'><put url='https://u/1'><header name='authorization'>Basic \nx</header>\
             <header name='Host'>evil</header></put><get url='https://g/1'/></slot>",
        );
        let slot = slot.expect("a place");
        assert_eq!(slot.headers, [("Authorization".to_owned(), "Basic x".to_owned())]);
        assert_eq!((slot.put.as_str(), slot.get.as_str()), ("https://u/1", "https://g/1"));
    }

    #[test]
    fn without_an_address_it_is_no_place() {
        assert_eq!(
            read("<slot xmlns='urn:xmpp:http:upload:0'><get url='https://g/1'/></slot>"),
            None
        );
        assert_eq!(
            read("<slot xmlns='urn:xmpp:http:upload:0'><put/><get url='https://g/1'/></slot>"),
            None
        );
    }
}
