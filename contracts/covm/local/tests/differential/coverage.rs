//! What was reached, and how often.

use icn_ccl::program::{ExprKind, Pattern, StmtKind};
use std::{collections::BTreeMap, fmt};

/// How often each thing of a family was reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Coverage {
    counts: BTreeMap<&'static str, BTreeMap<String, u64>>,
}

impl Coverage {
    pub(crate) fn count(&mut self, family: &'static str, name: &str) {
        let family = self.counts.entry(family).or_default();
        match family.get_mut(name) {
            Some(count) => *count += 1,
            None => drop(family.insert(name.into(), 1)),
        }
    }

    pub(crate) fn of(&self, family: &str, name: &str) -> u64 {
        self.counts.get(family).and_then(|family| family.get(name)).copied().unwrap_or(0)
    }

    /// Of all things of a family.
    pub(crate) fn total(&self, family: &str) -> u64 {
        self.counts.get(family).map_or(0, |family| family.values().sum())
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (family, counts) in &other.counts {
            let own = self.counts.entry(family).or_default();
            for (name, count) in counts {
                *own.entry(name.clone()).or_default() += count;
            }
        }
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (family, counts) in &self.counts {
            let counts: Vec<_> = counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
            writeln!(formatter, "{family}: {}", counts.join(", "))?;
        }
        Ok(())
    }
}

macro_rules! kinds {
    ($all:ident, $of:ident, $($name:literal : $pattern:pat),+ $(,)?) => {
        pub(crate) const $all: &[&str] = &[$($name),+];
        kinds!(@ $of, $($name : $pattern),+);
    };
    (@ kind_of_expr, $($name:literal : $pattern:pat),+) => {
        pub(crate) fn kind_of_expr(kind: &ExprKind) -> &'static str { match kind { $($pattern => $name,)+ _ => "in tests" } }
    };
    (@ kind_of_stmt, $($name:literal : $pattern:pat),+) => {
        pub(crate) fn kind_of_stmt(kind: &StmtKind) -> &'static str { match kind { $($pattern => $name),+ } }
    };
    (@ kind_of_pattern, $($name:literal : $pattern:pat),+) => {
        pub(crate) fn kind_of_pattern(kind: &Pattern) -> &'static str { match kind { $($pattern => $name),+ } }
    };
}

kinds! {
    EXPRESSIONS, kind_of_expr,
    "Value": ExprKind::Value(_), "Local": ExprKind::Local(_), "State": ExprKind::State(_), "If": ExprKind::If(..),
    "And": ExprKind::And(..), "Or": ExprKind::Or(..), "Not": ExprKind::Not(_), "Equal": ExprKind::Equal(..),
    "Compare": ExprKind::Compare(..), "Arithmetic": ExprKind::Arithmetic(..), "Negate": ExprKind::Negate(_),
    "In": ExprKind::In(..), "List": ExprKind::List(_), "Map": ExprKind::Map(_), "Record": ExprKind::Record(_),
    "Variant": ExprKind::Variant(..), "Some": ExprKind::Some(_), "Field": ExprKind::Field(..), "At": ExprKind::At(..),
    "Key": ExprKind::Key(..), "Call": ExprKind::Call(..), "Builtin": ExprKind::Builtin(..), "Walk": ExprKind::Walk(_),
    "Let": ExprKind::Let(..), "Later": ExprKind::Later { .. },
}

kinds! {
    STATEMENTS, kind_of_stmt,
    "Let": StmtKind::Let(..), "Assign": StmtKind::Assign(..), "Delete": StmtKind::Delete(_), "If": StmtKind::If(..),
    "For": StmtKind::For(..), "Match": StmtKind::Match(..), "Require": StmtKind::Require(..), "Emit": StmtKind::Emit(..),
    "Return": StmtKind::Return(_), "Expr": StmtKind::Expr(_),
}

kinds! {
    PATTERNS, kind_of_pattern,
    "Any": Pattern::Any, "Bind": Pattern::Bind(_), "Value": Pattern::Value(_), "Variant": Pattern::Variant(..),
    "Some": Pattern::Some(_),
}
