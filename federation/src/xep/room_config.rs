//! XEP-0045 §10 with XEP-0004: how a new room is set up.

use super::{element, ns};
use crate::io::room::RoomConfig;
use xmpp_parsers::minidom::Element;

/// Fields of a form that are sent back: ejabberd has about thirty.
const FIELDS: usize = 100;

/// Asks an owner's form.
pub fn ask() -> Element {
    element!("query", ns::MUC_OWNER).build()
}

/// Fills the form as `config` wants it: what it doesn't name stays as the server proposed it.
/// `None` when there is no form.
pub fn fill(query: &Element, config: &RoomConfig) -> Option<Element> {
    let form = query.get_child("x", ns::DATA)?;
    let fields = form.children().filter(|field| field.is("field", ns::DATA)).take(FIELDS);
    let filled = fields.filter_map(|field| {
        let name = field.attr("var")?;
        if field.attr("type") == Some("fixed") {
            return None;
        }
        let values = match wanted(name, config) {
            Some(value) => vec![value],
            None => values(field),
        };
        let values =
            values.into_iter().map(|value| element!("value", ns::DATA).append(value).build());
        Some(element!("field", ns::DATA, "var" = name).append_all(values).build())
    });
    let form = element!("x", ns::DATA, "type" = "submit").append_all(filled).build();
    Some(element!("query", ns::MUC_OWNER).append(form).build())
}

/// Takes a configuration back before the room is ever open (§10.1.4).
pub fn cancel() -> Element {
    let form = element!("x", ns::DATA, "type" = "cancel").build();
    element!("query", ns::MUC_OWNER).append(form).build()
}

fn values(field: &Element) -> Vec<String> {
    field.children().filter(|child| child.is("value", ns::DATA)).map(Element::text).collect()
}

/// What a meeting needs of a room.
fn wanted(name: &str, config: &RoomConfig) -> Option<String> {
    let yes = |yes: bool| Some(if yes { "1" } else { "0" }.to_owned());
    match name {
        // A room that goes with its last occupant takes its archive along (Prosody, measured).
        "muc#roomconfig_persistentroom" => yes(true),
        "muc#roomconfig_membersonly" => yes(config.members_only),
        "muc#roomconfig_publicroom" => yes(config.public),
        "muc#roomconfig_moderatedroom" => yes(false),
        // The archive: by XEP-0313 §7, and ejabberd's own name for it.
        "muc#roomconfig_enablearchiving" | "mam" => yes(true),
        // Whispers between all. ejabberd's own name for it is the last.
        "muc#roomconfig_allowpm" | "allow_private_messages" => {
            Some(if name == "allow_private_messages" { "1" } else { "anyone" }.to_owned())
        }
        "muc#roomconfig_roomname" => config.title.clone(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &str = "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='form'>\
        <field type='hidden' var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>\
        <field type='fixed'><value>General</value></field>\
        <field type='boolean' var='muc#roomconfig_persistentroom'><value>0</value></field>\
        <field type='text-single' var='muc#roomconfig_historylength'><value>20</value></field>\
        <field type='text-single' var='muc#roomconfig_roomname'/></x></query>";

    #[test]
    fn persistent_and_otherwise_as_proposed() {
        let form: Element = FORM.parse().expect("well-formed");
        let config = RoomConfig { title: Some("站会".to_owned()), ..RoomConfig::default() };
        let filled = fill(&form, &config).expect("a form");
        let x = filled.get_child("x", ns::DATA).expect("a form");
        let value = |name: &str| {
            let field = x.children().find(|field| field.attr("var") == Some(name));
            field.map(values).unwrap_or_default()
        };
        assert_eq!(x.attr("type"), Some("submit"));
        assert_eq!(value("FORM_TYPE"), ["http://jabber.org/protocol/muc#roomconfig"]);
        assert_eq!(value("muc#roomconfig_persistentroom"), ["1"]);
        assert_eq!(value("muc#roomconfig_historylength"), ["20"]);
        assert_eq!(value("muc#roomconfig_roomname"), ["站会"]);
        assert_eq!(x.children().count(), 4, "the heading stays out");
        assert_eq!(fill(&ask(), &config), None);
    }
}
