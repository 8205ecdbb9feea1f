//! What is done with people, as the node's commands.

use crate::command::WithPeople;
use moot_node::node::Command;

/// What the node is told. Members are named by their whole ids, which no two people share.
pub(crate) fn people(with: &WithPeople) -> Command {
    match with {
        WithPeople::Give(member) => Command::Give(member.to_string()),
        WithPeople::Admit(member) => Command::Admit(member.to_string()),
        WithPeople::Refuse(member) => Command::Refuse(member.to_string()),
        WithPeople::Remove(member) => Command::Remove(member.to_string()),
        WithPeople::Volume(member, percent) => {
            Command::Volume { member: member.to_string(), percent: *percent }
        }
        WithPeople::Silence(member, on) => {
            Command::SilenceMember { member: member.to_string(), on: *on }
        }
        WithPeople::Compare(member) => Command::CompareCode(member.to_string()),
        WithPeople::React(feeling) => Command::React(super::carry::felt(*feeling)),
        WithPeople::AllowDrawing(allowed) => Command::AllowDrawing(*allowed),
    }
}
