//! XEP-0334: whether servers keep and copy a message.

use super::{element, find, ns};
use xmpp_parsers::minidom::Element;

/// A wish to the servers on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// Keep it in archives, also without a body: Prosody and ejabberd do (measured).
    Store,
    /// Keep it nowhere: both obey (measured).
    NoStore,
    /// Don't copy it to other devices of the same person.
    NoCopy,
}

impl Hint {
    fn name(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::NoStore => "no-store",
            Self::NoCopy => "no-copy",
        }
    }

    /// As an element.
    pub fn element(self) -> Element {
        element!(self.name(), ns::HINTS).build()
    }

    /// Whether `payloads` carry it.
    pub fn is_in(self, payloads: &[Element]) -> bool {
        find(payloads, self.name(), ns::HINTS).is_some()
    }
}

#[test]
fn hints_are_written_and_found() {
    let payloads = [Hint::NoStore.element(), Hint::NoCopy.element()];
    assert!(Hint::NoStore.is_in(&payloads) && Hint::NoCopy.is_in(&payloads));
    assert!(!Hint::Store.is_in(&payloads));
    assert!(!Hint::Store.is_in(&[element!("store", "urn:other").build()]));
}
