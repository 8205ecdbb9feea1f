//! Namespaces, each under the title of the document that defines it.

/// RFC 6120, Extensible Messaging and Presence Protocol: Core, §4.8.2.
pub const CLIENT: &str = "jabber:client";

/// docs/PROTOCOL.md: what Moot says, version 1.
pub const MOOT: &str = "urn:moot:1";
