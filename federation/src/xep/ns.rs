//! Namespaces, each under its extension's title.

/// RFC 6120: stanzas of a client.
pub const CLIENT: &str = "jabber:client";
/// RFC 6120 §8.3: conditions of stanza errors.
pub const STANZAS: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";
/// XEP-0004: Data Forms.
pub const DATA: &str = "jabber:x:data";
/// XEP-0030: Service Discovery, what an entity is.
pub const DISCO_INFO: &str = "http://jabber.org/protocol/disco#info";
/// XEP-0030: Service Discovery, what belongs to an entity.
pub const DISCO_ITEMS: &str = "http://jabber.org/protocol/disco#items";
/// XEP-0045: Multi-User Chat, joining.
pub const MUC: &str = "http://jabber.org/protocol/muc";
/// XEP-0045: Multi-User Chat, what the room says of occupants.
pub const MUC_USER: &str = "http://jabber.org/protocol/muc#user";
/// XEP-0045: Multi-User Chat, what moderators and admins do.
pub const MUC_ADMIN: &str = "http://jabber.org/protocol/muc#admin";
/// XEP-0045: Multi-User Chat, what owners do.
pub const MUC_OWNER: &str = "http://jabber.org/protocol/muc#owner";
/// XEP-0059: Result Set Management.
pub const RSM: &str = "http://jabber.org/protocol/rsm";
/// XEP-0066: Out of Band Data, in messages.
pub const OOB: &str = "jabber:x:oob";
/// XEP-0103: URL Address Information, as file sharing names its sources.
pub const URL_DATA: &str = "http://jabber.org/protocol/url-data";
/// XEP-0199: XMPP Ping.
pub const PING: &str = "urn:xmpp:ping";
/// XEP-0203: Delayed Delivery.
pub const DELAY: &str = "urn:xmpp:delay";
/// XEP-0297: Stanza Forwarding.
pub const FORWARD: &str = "urn:xmpp:forward:0";
/// XEP-0300: Use of Cryptographic Hash Functions in XMPP.
pub const HASHES: &str = "urn:xmpp:hashes:2";
/// XEP-0313: Message Archive Management.
pub const MAM: &str = "urn:xmpp:mam:2";
/// XEP-0334: Message Processing Hints.
pub const HINTS: &str = "urn:xmpp:hints";
/// XEP-0359: Unique and Stable Stanza IDs.
pub const SID: &str = "urn:xmpp:sid:0";
/// XEP-0363: HTTP File Upload.
pub const UPLOAD: &str = "urn:xmpp:http:upload:0";
/// XEP-0421: Anonymous unique occupant identifiers for MUCs.
pub const OCCUPANT_ID: &str = "urn:xmpp:occupant-id:0";
/// XEP-0428: Fallback Indication.
pub const FALLBACK: &str = "urn:xmpp:fallback:0";
/// XEP-0446: File metadata element.
pub const FILE_METADATA: &str = "urn:xmpp:file:metadata:0";
/// XEP-0447: Stateless file sharing.
pub const SFS: &str = "urn:xmpp:sfs:0";
