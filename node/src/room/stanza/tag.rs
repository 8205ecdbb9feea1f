//! Writes one element.

use super::xml::{Place, escape_into};
use std::fmt::{Display, Write};

/// An element being written: attributes first, then text or the end.
#[must_use]
pub(super) struct Tag<'o> {
    out: &'o mut String,
    name: &'static str,
}

impl<'o> Tag<'o> {
    /// Begins `<name`.
    pub(super) fn new(out: &'o mut String, name: &'static str) -> Self {
        out.push('<');
        out.push_str(name);
        Self { out, name }
    }

    /// An attribute whose value needs no escapes: numbers, names of things.
    pub(super) fn plain(self, name: &str, value: impl Display) -> Self {
        write!(self.out, " {name}=\"{value}\"").expect("a String takes everything");
        self
    }

    /// An attribute with people's text.
    pub(super) fn text(self, name: &str, value: &str) -> Self {
        self.out.push(' ');
        self.out.push_str(name);
        self.out.push_str("=\"");
        escape_into(self.out, value, Place::Attribute);
        self.out.push('"');
        self
    }

    /// Ends an element with nothing in it.
    pub(super) fn empty(self) {
        self.out.push_str("/>");
    }

    /// Writes what is inside, and the end.
    pub(super) fn holding(self, inside: impl FnOnce(&mut String)) {
        self.out.push('>');
        inside(self.out);
        self.out.push_str("</");
        self.out.push_str(self.name);
        self.out.push('>');
    }
}
