//! Who can do something, through what, and how that could change.
//!
//! The core is [`Rights`]: which groups somebody is in, as a least fixpoint over classes, roles, bodies and credentials, and what
//! they may do by that. [`who_can()`] follows it outwards: through actions and proposals to the processes that decide, and from each
//! group to the ways into it, every group once.
//!
//! What is assumed of the kernel: one who proposes must be among the proposers of the process, and one who votes among its voters,
//! each with the permission of that name; members of a class without votes do not vote; a body that is drawn, elected or appointed
//! is those chosen who still belong to its members; a role needs the credentials of the roles that it extends.

mod find;
mod follow;
mod render;
mod rights;
mod strictness;

pub use find::{findings, Finding, FindingKind};
pub use rights::{ActorState, Power, Rights};

use crate::{
    program::{Builtin, Program, Role},
    schema::{Kind, PERMISSIONS},
};
use serde::Serialize;

/// What is asked: who can …?
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Use a permission.
    Permission(String),
    /// Call an action.
    Action(String),
    /// Make a proposal, and have it pass.
    Proposal(String),
    /// Bring about an effect: of this function of the language, on what has this name, if one is given.
    Effect(Builtin, Option<String>),
    /// Hold a role.
    Role(String),
}

/// Nothing in the document has the name that a question asks about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing here is called `{name}`")]
pub struct UnknownQuestion {
    /// The name.
    pub name: String,
}

/// Verbs of effects, as members ask.
const VERBS: [(&str, Builtin); 14] = [
    ("spend", Builtin::Transfer),
    ("pay", Builtin::Transfer),
    ("mint", Builtin::Mint),
    ("burn", Builtin::Burn),
    ("fund", Builtin::Fund),
    ("admit", Builtin::Admit),
    ("promote", Builtin::SetClass),
    ("expel", Builtin::Remove),
    ("suspend", Builtin::Suspend),
    ("grant", Builtin::GrantRole),
    ("revoke", Builtin::RevokeRole),
    ("issue", Builtin::Issue),
    ("set", Builtin::SetParam),
    ("amend", Builtin::EnactConstitution),
];

impl Question {
    /// Reads a question: `vote`, `action pay`, `proposal Amend`, `role steward`, `spend till`, `grant treasurer`, `mint credits`,
    /// `admit`, `amend`, `set LIMIT`. A single word is a permission, action, proposal or role, in this order, or one of the verbs.
    ///
    /// # Errors
    /// When the document has no such thing.
    pub fn parse(program: &Program, text: &str) -> Result<Self, UnknownQuestion> {
        let mut words = text.split_whitespace();
        let (first, second) = (words.next().unwrap_or_default(), words.next());
        let unknown = |name: &str| UnknownQuestion { name: name.into() };
        let is_permission = |name: &str| PERMISSIONS.contains(&name) || program.permissions.contains_key(name);
        let checked = |question: Self, name: &str| match question.is_known(program) {
            true => Ok(question),
            false => Err(unknown(name)),
        };
        let verb = VERBS.iter().find(|(verb, _)| *verb == first).map(|(_, builtin)| *builtin);
        let builtin = verb.or(Builtin::of(first).filter(|builtin| builtin.level() == crate::ast::Level::Action));
        match (first, second) {
            ("permission", Some(name)) => checked(Self::Permission(name.into()), name),
            ("action", Some(name)) => checked(Self::Action(name.into()), name),
            ("proposal", Some(name)) => checked(Self::Proposal(name.into()), name),
            ("role", Some(name)) => checked(Self::Role(name.into()), name),
            (_, Some(name)) => match builtin {
                Some(builtin) => checked(Self::Effect(builtin, Some(name.into())), name),
                None => Err(unknown(first)),
            },
            (name, None) => {
                let plain = [Self::Action(name.into()), Self::Proposal(name.into()), Self::Role(name.into())];
                let known = plain.into_iter().find(|question| question.is_known(program));
                match (is_permission(name), known, builtin) {
                    (true, ..) => Ok(Self::Permission(name.into())),
                    (_, Some(known), _) => Ok(known),
                    (.., Some(builtin)) => Ok(Self::Effect(builtin, None)),
                    _ => Err(unknown(name)),
                }
            }
        }
    }

    fn is_known(&self, program: &Program) -> bool {
        match self {
            Self::Permission(name) => PERMISSIONS.contains(&name.as_str()) || program.permissions.contains_key(name),
            Self::Action(name) => program.function(&Role::Action, name).is_some(),
            Self::Proposal(name) => program.decl(Kind::Proposal, name).is_some(),
            Self::Role(name) => program.decl(Kind::Role, name).is_some(),
            Self::Effect(_, None) => true,
            Self::Effect(_, Some(name)) => {
                program.decls.iter().any(|decl| decl.name == *name)
                    || program.consts.iter().any(|constant| constant.name == *name)
            }
        }
    }

    /// As it is asked.
    pub fn words(&self) -> String {
        match self {
            Self::Permission(name) => format!("Who has the permission `{name}`?"),
            Self::Action(name) => format!("Who can do `{name}`?"),
            Self::Proposal(name) => format!("Who can propose `{name}`, and who decides?"),
            Self::Role(name) => format!("Who can hold the role `{name}`?"),
            Self::Effect(builtin, name) => {
                let verb = VERBS.iter().find(|(_, of)| of == builtin).map_or(builtin.word(), |(verb, _)| verb);
                match name {
                    Some(name) => format!("Who can {verb} `{name}`?"),
                    None => format!("Who can {verb}?"),
                }
            }
        }
    }
}

/// The answer to a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// As it was asked.
    pub question: String,
    /// Ways in which it can be done; none means that nobody can.
    pub ways: Vec<Way>,
    /// How the groups in these ways change, and the groups that decide that, each once.
    pub groups: Vec<Group>,
    /// What members should know about it.
    pub findings: Vec<Finding>,
}

/// A way in which something can be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Way {
    /// Groups of which one member begins or does it.
    pub who: Vec<String>,
    /// What is called or proposed.
    pub through: String,
    /// The process that decides, if one does.
    pub process: Option<String>,
    /// Who decides by it.
    pub voters: Option<String>,
    /// Who must review it.
    pub review: Option<String>,
    /// In words.
    pub sentence: String,
    /// Where the text stands.
    pub articles: Vec<usize>,
}

/// How a group changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// `role`, `class`, `body` or `credential`.
    pub kind: String,
    /// Groups whose members belong to it by that.
    pub from: Vec<String>,
    /// Ways into it and out of it.
    pub ways: Vec<Way>,
    /// In words.
    pub sentences: Vec<String>,
    /// Where the text stands.
    pub articles: Vec<usize>,
}

/// Answers a question about a document that was resolved without errors.
pub fn who_can(program: &Program, question: &Question) -> Answer {
    follow::answer(program, question)
}

/// As plain text.
pub fn text(answer: &Answer) -> String {
    render::text(answer)
}

/// As JSON: an object with the fields of [`Answer`].
pub fn json(answer: &Answer) -> String {
    render::json(answer)
}

#[cfg(test)]
mod tests;
