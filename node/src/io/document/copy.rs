//! A PDF written anew, object by object. Runs in the worker process only.
//!
//! Written anew and not appended to, because one way then serves every file that can be shown: one whose
//! table of objects is broken, and one that is encrypted, to which nothing can be appended without its
//! key. Streams are taken as they are packed, so drawings stay drawings and pictures lose nothing.

use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::{
    Array, Dict, MaybeRef, Number, Object, ObjectIdentifier, Stream,
};
use pdf_writer::{Chunk, Name, Null, Obj, Ref, Str};
use std::collections::{HashMap, VecDeque};

/// Arrays and dictionaries inside each other: honest files have a handful; what lies deeper is left out.
const DEPTH: u32 = 100;

/// Gives every object its new number, and knows which are still to be written.
pub(super) struct Copier<'a> {
    pdf: &'a Pdf,
    next: Ref,
    known: HashMap<ObjectIdentifier, Ref>,
    waiting: VecDeque<ObjectIdentifier>,
}

impl<'a> Copier<'a> {
    pub(super) fn new(pdf: &'a Pdf) -> Self {
        Self { pdf, next: Ref::new(1), known: HashMap::new(), waiting: VecDeque::new() }
    }

    /// A number for an object of our own.
    pub(super) fn bump(&mut self) -> Ref {
        self.next.bump()
    }

    /// References to `old` lead to `new`, which somebody else writes.
    pub(super) fn replace(&mut self, old: ObjectIdentifier, new: Ref) {
        self.known.insert(old, new);
    }

    /// Writes a value into its place.
    pub(super) fn value(&mut self, into: Obj<'_>, value: MaybeRef<Object<'a>>) {
        self.put(into, value, DEPTH);
    }

    /// Writes the entries of `from` but for these.
    pub(super) fn entries(
        &mut self,
        into: &mut pdf_writer::Dict<'_>,
        from: &Dict<'a>,
        but: &[&[u8]],
    ) {
        self.put_entries(into, from, but, DEPTH);
    }

    /// Writes everything that was referred to so far, and what that refers to.
    pub(super) fn rest(&mut self, out: &mut Chunk) {
        while let Some(old) = self.waiting.pop_front() {
            let Some(&new) = self.known.get(&old) else { continue };
            match self.pdf.xref().get::<Object<'a>>(old) {
                Some(Object::Stream(stream)) => self.stream(out, new, &stream),
                Some(object) => self.put(out.indirect(new), MaybeRef::NotRef(object), DEPTH),
                // A reference to nothing is null (ISO 32000-1, §7.3.10).
                None => out.indirect(new).primitive(Null),
            }
        }
    }

    fn stream(&mut self, out: &mut Chunk, new: Ref, stream: &Stream<'a>) {
        let bytes = stream.raw_data();
        let mut written = out.stream(new, &bytes);
        self.put_entries(&mut written, stream.dict(), &[b"Length"], DEPTH);
    }

    fn put(&mut self, into: Obj<'_>, value: MaybeRef<Object<'a>>, depth: u32) {
        let value = match value {
            MaybeRef::Ref(old) => return into.primitive(self.number(old.into())),
            MaybeRef::NotRef(value) => value,
        };
        match value {
            Object::Boolean(value) => into.primitive(value),
            Object::Number(value) => number(into, value),
            Object::String(value) => into.primitive(Str(value.as_bytes())),
            Object::Name(value) => into.primitive(Name(&value)),
            Object::Dict(dict) if depth > 0 => {
                self.put_entries(&mut into.dict(), &dict, &[], depth - 1);
            }
            Object::Array(array) if depth > 0 => self.array(into, &array, depth - 1),
            // A stream can't lie inside another object (ISO 32000-1, §7.3.8.1).
            _ => into.primitive(Null),
        }
    }

    fn put_entries(
        &mut self,
        into: &mut pdf_writer::Dict<'_>,
        from: &Dict<'a>,
        but: &[&[u8]],
        depth: u32,
    ) {
        for (key, value) in from.entries() {
            if !but.contains(&key.as_ref()) {
                self.put(into.insert(Name(&key)), value, depth);
            }
        }
    }

    fn array(&mut self, into: Obj<'_>, from: &Array<'a>, depth: u32) {
        let mut array = into.array();
        for item in from.raw_iter() {
            self.put(array.push(), item, depth);
        }
    }

    fn number(&mut self, old: ObjectIdentifier) -> Ref {
        *self.known.entry(old).or_insert_with(|| {
            self.waiting.push_back(old);
            self.next.bump()
        })
    }
}

fn number(into: Obj<'_>, number: Number) {
    let value = number.as_f64();
    match i32::try_from(number.as_i64()) {
        Ok(whole) if f64::from(whole) == value => into.primitive(whole),
        _ => into.primitive(value as f32),
    }
}
