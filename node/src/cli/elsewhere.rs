//! Another way into a meeting than this network: which program carries it, and with what.

use super::args::Elsewhere;
use moot_node::io::carrier::{CarrierChoice, CarrierRole};
use rust_i18n::t;
use std::path::Path;

/// The program that carries meetings by XMPP; it lies beside this one.
const PROGRAM: &str = "moot-bridge";

/// How a room on an XMPP server is written where a meeting is expected (RFC 5122).
const SCHEME: &str = "xmpp:";

/// The room in what was given as the meeting, if it is one.
pub(crate) fn room(meeting: Option<&str>) -> Option<String> {
    let room = meeting?.trim().strip_prefix(SCHEME)?;
    Some(room.split('?').next().unwrap_or(room).to_owned())
}

impl Elsewhere {
    /// The carrier that this asks for: into `room`, to take part from there, or to the room that is to be
    /// bridged. `name` is what its person is called there.
    pub(crate) fn carrier(
        self,
        room: Option<String>,
        name: &str,
        own: &Path,
    ) -> Result<Option<CarrierChoice>, String> {
        let (room, role) = match (room, self.bridge) {
            (Some(room), _) => (room, CarrierRole::Remote),
            (None, Some(room)) => (room, CarrierRole::Bridge),
            (None, None) => return Ok(None),
        };
        let account = self.account.ok_or_else(|| t!("usage.account").into_owned())?;
        let words = ["--room", &room, "--account", &account, "--name", name];
        let mut arguments: Vec<String> = words.map(str::to_owned).into();
        let lang = if rust_i18n::locale().starts_with("zh") { "zh" } else { "en" };
        arguments.extend(["--lang".to_owned(), lang.to_owned()]);
        if let Some(server) = self.xmpp_server {
            arguments.extend(["--xmpp-server".to_owned(), server]);
        }
        if let Some(ca) = self.xmpp_ca {
            arguments.extend(["--xmpp-ca".to_owned(), ca.display().to_string()]);
        }
        let flags = [
            (role == CarrierRole::Bridge, "--bridge"),
            (self.xmpp_plain, "--xmpp-plain"),
            (self.sealed, "--sealed"),
        ];
        arguments.extend(flags.into_iter().filter(|(on, _)| *on).map(|(_, flag)| flag.to_owned()));
        let program = own.with_file_name(PROGRAM).with_extension(std::env::consts::EXE_EXTENSION);
        Ok(Some(CarrierChoice { program, arguments, role }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_is_told_from_a_meeting() {
        let is = |text| room(Some(text));
        assert_eq!(
            is("xmpp:standup@conference.company.com").as_deref(),
            Some("standup@conference.company.com")
        );
        assert_eq!(is("xmpp:a@b?join").as_deref(), Some("a@b"));
        assert_eq!(is("moot://x"), None);
        assert_eq!(is("Dike watch"), None);
        assert_eq!(room(None), None);
    }

    #[test]
    fn who_gives_a_room_and_no_account_is_told() {
        let own = Path::new("/usr/bin/moot-node");
        assert!(Elsewhere::default().carrier(Some("a@b".into()), "Ann", own).is_err());
        assert_eq!(Elsewhere::default().carrier(None, "Ann", own), Ok(None));
        let elsewhere = Elsewhere { account: Some("ann@b".into()), ..Elsewhere::default() };
        let carrier = elsewhere.carrier(Some("a@b".into()), "Ann", own).unwrap().unwrap();
        assert_eq!(carrier.program, Path::new("/usr/bin/moot-bridge"));
        assert_eq!(carrier.role, CarrierRole::Remote);
    }
}
