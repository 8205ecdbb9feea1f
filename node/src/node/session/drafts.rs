//! Drafts that nobody goes on with: whoever opened the file cancelled it, left, or was killed.

use super::Session;
use crate::io::mesh::Standing;
use crate::node::event::Notice;
use crate::room::id::{BlobId, MemberId};
use crate::room::pages::PageProblem;
use crate::room::stanza::PageTurn;
use crate::words;

impl Session {
    /// A page that is turned to is still to be drawn. If nobody is left to do it, that is said.
    pub(super) fn end_left(&mut self, on: PageTurn) {
        let pending = self.library.problem(on) == Some(PageProblem::Pending);
        if pending && self.author_of_draft(on.document).is_some_and(|by| !self.draws(by)) {
            self.library.end(on.document);
        }
    }

    /// A draft of an earlier run of ours grows no more: that run ended in the middle.
    pub(super) fn end_own(&mut self, document: BlobId) {
        if self.author_of_draft(document) == Some(self.me) {
            self.library.end(document);
        }
    }

    /// A page is shown that has no picture and never will have one: people hear why.
    pub(super) async fn tell_ended(&mut self, on: PageTurn) {
        if let Some(problem @ PageProblem::Ended) = self.library.problem(on) {
            let name = self.document_name(on.document);
            let problem = words::missing_page(on.page, problem);
            self.teller.warn(Notice::Partly { name, problem }).await;
        }
    }

    /// Who told of this draft, if it is the newest version and we may put another in its place.
    fn author_of_draft(&self, document: BlobId) -> Option<MemberId> {
        let meeting = self.view.meeting();
        let mut known = meeting.documents();
        let (entry, said) = known.find(|(_, known)| known.document == document)?;
        let ours = said.drawn.is_some() && !self.library.is_growing(document);
        (ours && meeting.may_replace(&self.me, document)).then_some(entry.author)
    }

    /// Whether a member may still be drawing. Who is only cut off goes on in the place of what was said
    /// meanwhile.
    fn draws(&self, member: MemberId) -> bool {
        self.neighbours.standing.get(&member) == Some(&Standing::Member)
    }
}
