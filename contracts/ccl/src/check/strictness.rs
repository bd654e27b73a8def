//! When one process is at least as strict as another: in every component by itself.
//!
//! This is not "whatever passes here passes there": an objection can stop a consent that nine tenths would carry. Comparing the
//! components is what members can follow, and what `explain` can print.

use crate::number::{compare, times, Ratio};
use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

/// What a process asks for, as far as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Who votes.
    pub electorate: Electorate,
    /// How many must take part.
    pub quorum: Quorum,
    /// How many of them must agree.
    pub threshold: Threshold,
    /// Milliseconds of talk before votes are cast.
    pub deliberation: i64,
    /// Milliseconds in which votes are cast.
    pub voting: i64,
    /// Milliseconds from passing to taking effect.
    pub timelock: i64,
    /// Whether somebody must look at it before it takes effect.
    pub review: bool,
}

/// Who votes: every group that is in it by declaration, and how many they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Electorate {
    /// Classes, roles, bodies and persons.
    pub groups: Rc<BTreeSet<String>>,
    /// At least so many, 1 when nothing says more.
    pub least: u64,
    /// At most so many, if anything says it.
    pub most: Option<u64>,
}

/// How many must take part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quorum {
    /// This share of the voters.
    Share(Ratio),
    /// This many.
    Count(i128),
}

/// How many must agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Threshold {
    /// No share decides, as in consent.
    None,
    /// A share of the votes.
    Share {
        /// Of 1.
        ratio: Ratio,
        /// Whether it must be exceeded.
        exceeded: bool,
        /// Whether it is of all voters, not only of those who voted.
        eligible: bool,
    },
    /// Each class for itself: its quorum, and the share of its votes.
    Classes(BTreeMap<String, (Quorum, Ratio)>),
    /// A method that chooses among options or weighs votes; compared only with itself.
    Other {
        /// The method.
        method: String,
        /// Its threshold, 0 without one.
        ratio: Ratio,
    },
}

/// A part of a rule that is compared by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Component {
    Electorate,
    Quorum,
    Threshold,
    Deliberation,
    Voting,
    Timelock,
    Review,
}

impl Component {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Electorate,
        Self::Quorum,
        Self::Threshold,
        Self::Deliberation,
        Self::Voting,
        Self::Timelock,
        Self::Review,
    ];

    /// The setting of a process that decides it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Electorate => "voters",
            Self::Quorum => "quorum",
            Self::Threshold => "threshold",
            Self::Deliberation => "deliberation",
            Self::Voting => "voting",
            Self::Timelock => "timelock",
            Self::Review => "review",
        }
    }
}

impl Rule {
    /// The components in which this is not at least as strict as the other.
    pub fn weaker_in(&self, other: &Self) -> Vec<Component> {
        Component::ALL.into_iter().filter(|component| !self.holds(*component, other)).collect()
    }

    /// Whether this is at least as strict as the other.
    pub fn at_least(&self, other: &Self) -> bool {
        self.weaker_in(other).is_empty()
    }

    fn holds(&self, component: Component, other: &Self) -> bool {
        match component {
            Component::Electorate => {
                let (own, others) = (&self.electorate.groups, &other.electorate.groups);
                Rc::ptr_eq(own, others) || own.is_superset(others)
            }
            Component::Quorum => self.quorum.at_least(&self.electorate, other.quorum, &other.electorate),
            Component::Threshold => self.threshold.at_least(&other.threshold),
            Component::Deliberation => self.deliberation >= other.deliberation,
            Component::Voting => self.voting >= other.voting,
            Component::Timelock => self.timelock >= other.timelock,
            Component::Review => self.review || !other.review,
        }
    }
}

impl Quorum {
    /// Whether it asks for at least as many, whatever the size of the electorates. Shares are compared as shares; a number is
    /// compared with a share where the share asks for fewest, or most.
    fn at_least(self, of: &Electorate, other: Self, of_other: &Electorate) -> bool {
        if let (Self::Share(a), Self::Share(b)) = (self, other) {
            if compare(a, b).is_ge() {
                return true;
            }
        }
        match (self.fewest(of), other.most(of_other)) {
            (Some(fewest), Some(most)) => compare(fewest, most).is_ge(),
            _ => false,
        }
    }

    fn fewest(self, of: &Electorate) -> Option<Ratio> {
        match self {
            Self::Count(count) => Some((count, 1)),
            Self::Share(share) => times(share, (of.least.into(), 1)),
        }
    }

    fn most(self, of: &Electorate) -> Option<Ratio> {
        match self {
            Self::Count(count) => Some((count, 1)),
            Self::Share((0, _)) => Some((0, 1)),
            Self::Share(share) => times(share, (of.most?.into(), 1)),
        }
    }

    /// Whether it asks for at least as many of one and the same class, whose size nothing tells.
    fn at_least_within(self, other: Self) -> bool {
        let unknown = Electorate { groups: Rc::default(), least: 1, most: None };
        self.at_least(&unknown, other, &unknown)
    }
}

impl Threshold {
    /// All votes.
    pub const UNANIMOUS: Self = Self::Share { ratio: (1, 1), exceeded: false, eligible: false };

    fn at_least(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::None) => true,
            (
                Self::Share { ratio: a, exceeded: above_a, eligible: all_a },
                Self::Share { ratio: b, exceeded: above_b, eligible: all_b },
            ) => compare(*a, *b).then(above_a.cmp(above_b)).is_ge() && all_a >= all_b,
            (Self::Share { ratio: (1, 1), eligible: true, .. }, Self::Classes(_)) => true,
            (Self::Classes(a), Self::Classes(b)) => b.iter().all(|(class, (quorum, share))| {
                a.get(class).is_some_and(|(own, part)| own.at_least_within(*quorum) && compare(*part, *share).is_ge())
            }),
            (Self::Other { method: a, ratio: x }, Self::Other { method: b, ratio: y }) => {
                a == b && compare(*x, *y).is_ge()
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests;
