//! What the bridge says in the room for people with ordinary programs, in the language of whoever runs it.

use crate::sentence::Sentence;

/// A language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
}

impl Language {
    /// The sentence in this language.
    #[must_use]
    pub fn of(self, sentence: Sentence) -> String {
        match self {
            Self::English => sentence.en,
            Self::Chinese => sentence.zh,
        }
    }

    pub(super) fn page(self, page: u32, pages: u32, document: &str) -> String {
        self.of(Sentence::new(
            format!("Slide {page} of {pages}: {document}"),
            format!("第 {page} 页，共 {pages} 页：{document}"),
        ))
    }

    pub(super) fn presents(self, name: &str) -> String {
        self.of(Sentence::new(format!("{name} presents"), format!("{name} 正在演示")))
    }

    pub(super) fn hand(self, name: &str) -> String {
        self.of(Sentence::new(format!("✋ {name} raises a hand"), format!("✋ {name} 举手")))
    }

    pub(super) fn bridged(self, title: &str) -> String {
        self.of(Sentence::new(
            format!(
                "This room is now part of the meeting “{title}”: what you write here is read there. !help tells more"
            ),
            format!("本聊天室现已加入会议“{title}”：在此书写的内容会议成员可见。发送 !help 了解更多"),
        ))
    }

    pub(super) fn sealed(self, title: &str) -> String {
        self.of(Sentence::new(
            format!(
                "The meeting “{title}” uses this room sealed: ordinary programs can't follow it here. Open it with Moot"
            ),
            format!("会议“{title}”以加密方式使用本聊天室：普通程序无法在此跟随会议，请使用 Moot 打开"),
        ))
    }

    pub(super) fn help(self) -> String {
        self.of(Sentence::new(
            "!page: what is on show · !who: who is there · !hand: raise a hand · anything else is said in the meeting",
            "!page：当前页面 · !who：参会者 · !hand：举手 · 其他内容将在会议中发布",
        ))
    }

    pub(super) fn nothing_shown(self) -> String {
        self.of(Sentence::new("Nothing is on show", "当前没有展示页面"))
    }

    pub(super) fn who(self, names: &[String]) -> String {
        let list = names.join(", ");
        self.of(Sentence::new(format!("In the meeting: {list}"), format!("参会者：{list}")))
    }

    pub(super) fn too_fast(self, name: &str) -> String {
        self.of(Sentence::new(
            format!("{name}: that was too much at once; not all of it reached the meeting"),
            format!("{name}：发送过快，部分内容未送达会议"),
        ))
    }
}
