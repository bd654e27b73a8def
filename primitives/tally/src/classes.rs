//! Motions that several classes of members must pass, each by itself.

use crate::{
    limits::at_most, ClassId, Count, CountSheet, Counted, Motion, MotionRule, MotionSheet, TallyError, Votes,
    CLASSES_MAX,
};
use serde::{Deserialize, Serialize};

/// The votes of one class and how it decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassVotes {
    /// Which class.
    pub class: ClassId,
    /// Its votes.
    pub votes: Votes,
    /// Its own quorum and threshold.
    pub rule: MotionRule,
}

/// Votes of several classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassMotion {
    /// Each class once, in any order.
    pub classes: Vec<ClassVotes>,
    /// Those that must pass it; all of them when `None`. None at all never passes.
    pub required: Option<Vec<ClassId>>,
}

/// The count of one class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassSheet {
    /// Which class.
    pub class: ClassId,
    /// Whether it must pass.
    pub required: bool,
    /// Its count.
    pub motion: MotionSheet,
}

/// The count of all classes, in ascending order of their ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassesSheet {
    /// Each class.
    pub classes: Vec<ClassSheet>,
}

impl CountSheet for ClassesSheet {
    /// Whether every class that must pass it did, and there is one.
    type Outcome = bool;

    // TAL-8
    fn outcome(&self) -> bool {
        let mut required = self.classes.iter().filter(|sheet| sheet.required).peekable();
        required.peek().is_some() && required.all(|sheet| sheet.motion.outcome())
    }
}

impl Count for ClassMotion {
    type Sheet = ClassesSheet;

    fn count(&self) -> Result<ClassesSheet, TallyError> {
        at_most(Counted::Classes, self.classes.len() as u64, CLASSES_MAX)?;
        let mut classes = self.classes.clone();
        classes.sort_by_key(|votes| votes.class);
        let listed =
            crate::ballot::Listed::new(classes.iter().map(|votes| votes.class), Counted::Classes, CLASSES_MAX)?;
        for class in self.required.iter().flatten() {
            listed.place(*class)?;
        }
        let sheet = |votes: &ClassVotes| {
            let motion = Motion { votes: votes.votes, rule: votes.rule }.count()?;
            let required = self.required.as_ref().is_none_or(|required| required.contains(&votes.class));
            Ok(ClassSheet { class: votes.class, required, motion })
        };
        Ok(ClassesSheet { classes: classes.iter().map(sheet).collect::<Result<_, TallyError>>()? })
    }
}
