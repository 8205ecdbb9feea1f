//! `<meeting/>`: the founder's first entry says what the meeting is, and thereby names it.

use super::error::StanzaError;
use super::name;
use super::tag::Tag;
use super::xml::Attributes;
use crate::room::id::{MeetingId, MemberId};
use serde::{Deserialize, Serialize};

/// Keeps these hashes apart from any other use of BLAKE3.
const CONTEXT: &str = "urn:moot:1 2026 meeting";

/// How newcomers get into a meeting.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JoinPolicy {
    /// Anyone on this network.
    Open,
    /// Whoever knows the short code shown on members' screens.
    Code,
    /// Whoever a member lets in by hand.
    Ask,
}

/// The founding of a meeting.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Founding {
    /// What people call the meeting.
    pub title: String,
    /// How newcomers get in.
    pub join: JoinPolicy,
    /// The founder's name.
    pub name: String,
    /// Sixteen random bytes: two meetings of one founder and title differ.
    pub nonce: [u8; 16],
}

impl MeetingId {
    /// The meeting that `founder` founds with `founding`: nobody else can found it, and nothing
    /// about its founding can be changed afterwards.
    #[must_use]
    pub fn of_founding(founder: &MemberId, founding: &Founding) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
        hasher.update(&founder.0);
        hasher.update(&founding.nonce);
        for text in [founding.join.as_str(), &founding.title, &founding.name] {
            // With its length in front no text can run into the next.
            hasher.update(&(text.len() as u64).to_be_bytes());
            hasher.update(text.as_bytes());
        }
        Self(*hasher.finalize().as_bytes())
    }
}

impl JoinPolicy {
    /// The word on the wire and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Code => "code",
            Self::Ask => "ask",
        }
    }

    fn from_word(word: &str) -> Result<Self, ()> {
        [Self::Open, Self::Code, Self::Ask].into_iter().find(|p| p.as_str() == word).ok_or(())
    }
}

impl Founding {
    pub(super) fn read(attributes: &Attributes<'_>) -> Result<Self, StanzaError> {
        Ok(Self {
            title: attributes.text("title")?.into(),
            join: attributes.parse("join", JoinPolicy::from_word)?,
            name: attributes.text("name")?.into(),
            nonce: attributes.parse("nonce", nonce)?,
        })
    }

    pub(super) fn write(&self, tag: Tag<'_>) {
        let nonce = u128::from_be_bytes(self.nonce);
        tag.text("title", &self.title)
            .plain("join", self.join.as_str())
            .text("name", &self.name)
            .plain("nonce", format_args!("{nonce:032x}"))
            .empty();
    }

    pub(super) fn check(&self) -> Result<(), StanzaError> {
        name::check("title", &self.title)?;
        name::check("name", &self.name)
    }
}

fn nonce(text: &str) -> Result<[u8; 16], ()> {
    let digits = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let number = u128::from_str_radix(text, 16).ok().filter(|_| digits).ok_or(())?;
    Ok(number.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::super::sample::{parse, refuses, wire};
    use super::*;
    use crate::room::stanza::Payload;

    fn founding() -> Founding {
        let nonce = *b"0123456789abcdef";
        Founding { title: "Weekly".into(), join: JoinPolicy::Code, name: "Ada".into(), nonce }
    }

    #[test]
    fn parses() {
        let nonce = "30313233343536373839616263646566";
        let xml = format!(r#"<meeting title="Weekly" join="code" name="Ada" nonce="{nonce}"/>"#);
        assert_eq!(parse(&xml), Payload::Meeting(founding()));
    }

    #[test]
    fn writes_back() {
        for join in [JoinPolicy::Open, JoinPolicy::Code, JoinPolicy::Ask] {
            let payload = Payload::Meeting(Founding { join, ..founding() });
            assert_eq!(parse(&wire(&payload)), payload);
        }
    }

    #[test]
    fn rejects_the_malformed() {
        let good = wire(&Payload::Meeting(founding()));
        refuses(&good.replace("code", "closed"), StanzaError::Invalid("join"));
        refuses(&good.replace("Weekly", ""), StanzaError::Invalid("title"));
        refuses(&good.replace("3031", "303"), StanzaError::Invalid("nonce"));
        refuses(&good.replace("3031", "+031"), StanzaError::Invalid("nonce"));
        refuses(&good.replace("name=", "nom="), StanzaError::Missing("name"));
    }

    #[test]
    fn keeps_its_size() {
        assert_eq!(wire(&Payload::Meeting(founding())).len(), 89);
    }

    #[test]
    fn every_word_of_the_founding_names_the_meeting() {
        let (ada, bob) = (MemberId([1; 32]), MemberId([2; 32]));
        let ours = MeetingId::of_founding(&ada, &founding());
        let others = [
            Founding { title: "WeeklyA".into(), name: "da".into(), ..founding() },
            Founding { join: JoinPolicy::Open, ..founding() },
            Founding { nonce: [0; 16], ..founding() },
        ];
        assert_eq!(ours, MeetingId::of_founding(&ada, &founding()));
        assert_ne!(ours, MeetingId::of_founding(&bob, &founding()));
        assert!(others.iter().all(|other| MeetingId::of_founding(&ada, other) != ours));
    }
}
