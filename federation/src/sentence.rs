//! What people read when something does not work: one plain sentence, in both languages.

/// One sentence in English and in Simplified Chinese, without a full stop at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// English.
    pub en: String,
    /// Simplified Chinese.
    pub zh: String,
}

impl Sentence {
    /// A sentence from its two texts.
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self { en: en.into(), zh: zh.into() }
    }
}

/// Something that can be told to people.
pub trait Told {
    /// What to tell them.
    fn told(&self) -> Sentence;
}
