//! The secrets that let people in: a short code for typing, a long one for links.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt;
use std::str::FromStr;

/// Six digits, as shown on members' screens: `123-456`. Short is safe because it can't be tried
/// off-line (PAKE) and tries are counted and slowed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Code(u32);

/// Text that is not a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a code has six digits, like 123-456")]
pub struct ParseCodeError;

impl Code {
    const COUNT: u64 = 1_000_000;

    /// From eight random bytes; the bias of the remainder is below 10⁻¹³.
    #[must_use]
    pub fn from_random(random: [u8; 8]) -> Self {
        Self((u64::from_be_bytes(random) % Self::COUNT) as u32)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03}-{:03}", self.0 / 1000, self.0 % 1000)
    }
}

/// Codes don't belong in logs.
impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

impl FromStr for Code {
    type Err = ParseCodeError;

    /// Takes what people type: spaces, dashes and dots anywhere, full-width digits too.
    fn from_str(text: &str) -> Result<Self, ParseCodeError> {
        let mut digits = 0;
        let mut value = 0;
        for letter in text.chars() {
            let digit = match letter {
                '0'..='9' => letter as u32 - '0' as u32,
                '０'..='９' => letter as u32 - '０' as u32,
                '-' | '‐' | '‑' | '–' | '—' | '－' | '.' | '·' | '_' => continue,
                space if space.is_whitespace() => continue,
                _ => return Err(ParseCodeError),
            };
            digits += 1;
            if digits > 6 {
                return Err(ParseCodeError);
            }
            value = value * 10 + digit;
        }
        if digits == 6 { Ok(Self(value)) } else { Err(ParseCodeError) }
    }
}

/// 128 random bits in a `moot://` link: the full right to enter.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct LinkSecret([u8; 16]);

impl LinkSecret {
    /// From 16 random bytes.
    #[must_use]
    pub const fn new(random: [u8; 16]) -> Self {
        Self(random)
    }

    /// The bytes, for storage.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for LinkSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

/// Links' secrets don't belong in logs.
impl fmt::Debug for LinkSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkSecret(…)")
    }
}

impl FromStr for LinkSecret {
    type Err = ParseCodeError;

    fn from_str(text: &str) -> Result<Self, ParseCodeError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| ParseCodeError)?;
        bytes.try_into().map(Self).map_err(|_| ParseCodeError)
    }
}

/// What a newcomer has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Secret {
    /// Typed.
    Code(Code),
    /// From a link.
    Link(LinkSecret),
}

impl Secret {
    /// The PAKE's password: the kind keeps the two apart.
    pub(super) fn password(&self) -> Vec<u8> {
        match self {
            Self::Code(code) => [b"code".as_slice(), &code.0.to_be_bytes()].concat(),
            Self::Link(secret) => [b"link".as_slice(), &secret.0].concat(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_people_type_them() {
        for text in ["042-137", "042137", " 042 137 ", "042–137", "0 4 2 1 3 7", "０４２－１３７"]
        {
            assert_eq!(text.parse::<Code>().map(|code| code.to_string()), Ok("042-137".into()));
        }
        for text in ["", "04213", "0421370", "04213a", "+42137", "٠٤٢١٣٧"] {
            assert_eq!(text.parse::<Code>(), Err(ParseCodeError), "{text}");
        }
    }

    #[test]
    fn a_random_code_has_six_digits() {
        assert_eq!(Code::from_random([0; 8]).to_string(), "000-000");
        assert_eq!(Code::from_random([0xff; 8]).to_string(), "551-615");
    }

    #[test]
    fn link_secrets_round_trip_and_neither_is_shown_by_debug() {
        let secret = LinkSecret::new([0xfb; 16]);
        assert_eq!(secret.to_string().parse(), Ok(secret));
        assert_eq!("AAAA".parse::<LinkSecret>(), Err(ParseCodeError));
        let shown = format!("{:?} {:?}", Secret::Link(secret), Secret::Code(Code(42_137)));
        assert!(!shown.contains("42") && !shown.contains("-_"), "{shown}");
    }
}
