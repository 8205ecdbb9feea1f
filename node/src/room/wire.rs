//! What the binary protocols share: CBOR with bounds that hold before memory is taken.

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use std::marker::PhantomData;

/// Bytes of the length (big-endian) in front of every frame.
pub const LENGTH_BYTES: usize = 4;

/// Items that a received list may claim before one has been parsed: room is made as they come.
const CAUTIOUS: usize = 64;

/// Bytes that are not the message they should be. The stream they came from can't be used further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the peer sent bytes that are not a message of this protocol")]
pub struct Malformed;

/// A list that can't be received with more than `MAX` items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct List<T, const MAX: usize>(pub(crate) Vec<T>);

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for List<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ListVisitor::<T, MAX>(PhantomData)).map(Self)
    }
}

struct ListVisitor<T, const MAX: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for ListVisitor<T, MAX> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of at most {MAX} items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
        let mut list = Vec::with_capacity(items.size_hint().unwrap_or(0).min(CAUTIOUS));
        while let Some(item) = items.next_element()? {
            if list.len() == MAX {
                return Err(serde::de::Error::invalid_length(MAX + 1, &self));
            }
            list.push(item);
        }
        Ok(list)
    }
}

/// Encodes plain data.
pub(crate) fn encode<T: Serialize>(message: &T) -> Vec<u8> {
    serde_cbor::to_vec(message).expect("messages are plain data and memory is the only limit")
}

/// Decodes one value that fills `bytes`.
pub(crate) fn decode<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, Malformed> {
    serde_cbor::from_slice(bytes).map_err(|_| Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_beyond_its_limit_is_refused() {
        let bytes = encode(&List::<u8, 3>(vec![1, 2, 3]));
        assert_eq!(decode::<List<u8, 3>>(&bytes), Ok(List(vec![1, 2, 3])));
        assert_eq!(decode::<List<u8, 2>>(&bytes), Err(Malformed));
    }

    #[test]
    fn a_claimed_length_takes_no_memory() {
        // Array of 2⁶⁴-1 items, none of which follows.
        let bytes = [0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(decode::<List<u64, 3>>(&bytes), Err(Malformed));
    }
}
