//! `<seat/>`: where a member sits, as they say themselves; a live sign.

use super::error::StanzaError;
use super::name;
use super::tag::Tag;
use super::xml::Attributes;
use crate::limits::ROOM_CHARS;

/// What people call the room they sit in: one line of 1 to [`ROOM_CHARS`] characters.
///
/// Two people sit in one room when both say the same, whatever the case of the letters.
#[derive(Clone, Debug)]
pub struct RoomName {
    name: String,
    /// As it is compared.
    key: String,
}

impl RoomName {
    /// A room's name, without the blanks around it; `None`: it can't be one.
    #[must_use]
    pub fn new(name: &str) -> Option<Self> {
        let name = name.trim();
        let fits = name.chars().nth(ROOM_CHARS).is_none();
        (fits && name::is_name(name))
            .then(|| Self { name: name.to_owned(), key: name.to_lowercase() })
    }

    /// As its members wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.name
    }
}

impl PartialEq for RoomName {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for RoomName {}

impl PartialOrd for RoomName {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for RoomName {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

/// What a member says of the place they sit at, for the others of their room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seat {
    /// Which room; `None`: alone, or nobody's business.
    pub room: Option<RoomName>,
    /// They wear headphones.
    pub headphones: bool,
    /// Their laptop can play aloud: it has a loudspeaker, and is not made deaf.
    pub plays: bool,
    /// Their loudspeaker is the room's, by this turn; 0: it is not. The highest turn holds.
    pub loudspeaker: u32,
    /// They have a microphone, and have not closed it.
    pub speaks: bool,
    /// Their microphone is the room's, by this turn; 0: it is not. The highest turn holds.
    pub microphone: u32,
    /// How loud it was at their microphone over the last 300 ms: 0 to 100, linear in dB.
    pub level: u8,
    /// Somebody spoke into it meanwhile.
    pub talking: bool,
}

impl Seat {
    pub(super) fn read(attributes: &Attributes<'_>) -> Result<Self, StanzaError> {
        let truth = |name| attributes.parse(name, str::parse::<bool>);
        let room = match attributes.get("room") {
            Some(name) => Some(RoomName::new(&name).ok_or(StanzaError::Invalid("room"))?),
            None => None,
        };
        let level = attributes.number("level")?;
        if level > 100 {
            return Err(StanzaError::Invalid("level"));
        }
        Ok(Self {
            room,
            headphones: truth("headphones")?,
            plays: truth("plays")?,
            loudspeaker: attributes.number("loudspeaker")?,
            speaks: truth("speaks")?,
            microphone: attributes.number("microphone")?,
            level,
            talking: truth("talking")?,
        })
    }

    pub(super) fn write(&self, tag: Tag<'_>) {
        let tag = match &self.room {
            Some(room) => tag.text("room", room.as_str()),
            None => tag,
        };
        tag.plain("headphones", self.headphones)
            .plain("plays", self.plays)
            .plain("loudspeaker", self.loudspeaker)
            .plain("speaks", self.speaks)
            .plain("microphone", self.microphone)
            .plain("level", self.level)
            .plain("talking", self.talking)
            .empty();
    }
}

#[cfg(test)]
mod tests {
    use super::super::live::{Live, Sign};
    use super::*;
    use crate::room::time::{Epoch, MediaTime};

    fn seat() -> Seat {
        Seat {
            room: RoomName::new("Elbe <2>"),
            headphones: false,
            plays: true,
            loudspeaker: 1,
            speaks: true,
            microphone: 7,
            level: 42,
            talking: true,
        }
    }

    fn xml(seat: Seat) -> String {
        let (epoch, at) = (Epoch(7), MediaTime::ZERO);
        Live { epoch, at, signs: vec![Sign::Seat(seat)] }.to_xml()
    }

    #[test]
    fn parses() {
        let xml = "<message xmlns='jabber:client' type='groupchat'><live xmlns='urn:moot:1' \
                   epoch='00000007' at='0'><seat room=' Elbe &lt;2&gt; ' headphones='false' \
                   plays='true' loudspeaker='1' speaks='true' microphone='7' level='42' \
                   talking='true'/></live></message>";
        assert_eq!(Live::parse(xml).expect("a seat").signs, [Sign::Seat(seat())]);
    }

    #[test]
    fn writes_back() {
        for seat in [seat(), Seat::default()] {
            let live = Live::parse(&xml(seat.clone())).expect("ours");
            assert_eq!(live.signs, [Sign::Seat(seat)]);
        }
    }

    #[test]
    fn rejects_the_malformed() {
        let good = xml(seat());
        let bent = |from: &str, to: &str| {
            assert!(good.contains(from), "{from}");
            Live::parse(&good.replacen(from, to, 1)).expect_err(to)
        };
        assert_eq!(bent("level=\"42\"", "level=\"101\""), StanzaError::Invalid("level"));
        assert_eq!(bent("level=\"42\"", ""), StanzaError::Missing("level"));
        assert_eq!(bent("talking=\"true\"", "talking=\"1\""), StanzaError::Invalid("talking"));
        assert_eq!(
            bent("microphone=\"7\"", "microphone=\"4294967296\""),
            StanzaError::Invalid("microphone")
        );
        for name in [String::new(), " ".into(), "a&#10;b".into(), "x".repeat(ROOM_CHARS + 1)] {
            let room = format!("room=\"{name}\"");
            assert_eq!(
                bent("room=\"Elbe &lt;2&gt;\"", &room),
                StanzaError::Invalid("room"),
                "{name}"
            );
        }
    }

    #[test]
    fn keeps_its_size() {
        // Ten a second of these while somebody speaks in a room.
        assert!(xml(seat()).len() <= 260, "{}", xml(seat()).len());
    }

    #[test]
    fn one_room_is_one_whatever_the_case() {
        assert_eq!(RoomName::new(" elbe "), RoomName::new("Elbe"));
        assert_ne!(RoomName::new("Elbe 2"), RoomName::new("Elbe"));
        assert_eq!(
            RoomName::new(" Elbe ").map(|name| name.as_str().to_owned()),
            Some("Elbe".into())
        );
    }
}
