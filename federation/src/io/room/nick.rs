//! Names in a room: the wished one, then `Anna 2`, `Anna 3` …

use xmpp_parsers::jid::{BareJid, FullJid, ResourcePart};

/// Variants tried of a name.
const TRIES: u32 = 9;

/// Characters of a name; ejabberd's default limit is 512 bytes, people read 40.
const CHARACTERS: usize = 64;

/// The variant of `wish` for the `try_`-th attempt, counted from 0; `None` when it is time to give up, or nothing of it can be
/// a name (RFC 7622 §3.4).
pub(super) fn variant(wish: &str, try_: u32) -> Option<String> {
    let wish: String = wish.trim().chars().filter(|c| !c.is_control()).take(CHARACTERS).collect();
    let name = match try_ {
        0 => wish,
        1..TRIES => format!("{wish} {}", try_ + 1),
        _ => return None,
    };
    ResourcePart::new(&name).ok().map(|name| name.as_str().to_owned())
}

/// The address of an occupant.
pub(super) fn at(room: &BareJid, nick: &str) -> Option<FullJid> {
    room.with_resource_str(nick).ok()
}

#[test]
fn names_and_their_variants() {
    assert_eq!(variant(" 安娜\n", 0).as_deref(), Some("安娜"));
    assert_eq!(variant("Anna", 1).as_deref(), Some("Anna 2"));
    assert_eq!(variant("Anna", 8).as_deref(), Some("Anna 9"));
    assert_eq!(variant("Anna", 9), None);
    assert_eq!(variant("", 0), None);
    assert_eq!(variant(&"x".repeat(5000), 0).map(|name| name.len()), Some(CHARACTERS));
}
