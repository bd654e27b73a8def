//! Attributes: a closed list, each with the items that it stands on.

use super::{literals, Resolver};
use crate::{
    ast::{self, ItemKind},
    diagnostic::{Code, Diagnostic},
    nearest::nearest,
    program::InForce,
    types::Type,
    value::Value,
};

/// All attributes.
pub const ATTRIBUTES: [&str; 8] =
    ["signed", "override", "migrate", "deprecated", "max", "param", "effective", "sunset"];

impl Resolver<'_> {
    /// Checks the attributes of an item.
    pub(super) fn attributes(&mut self, item: &ast::Item) {
        let mut seen: Vec<&str> = Vec::new();
        for attribute in &item.attributes {
            let name = attribute.name.text.as_str();
            if !ATTRIBUTES.contains(&name) {
                let mut error = Diagnostic::new(
                    Code::BadAttribute,
                    attribute.name.span,
                    format!("there is no attribute `@{name}`"),
                );
                if let Some(near) = nearest(name, ATTRIBUTES) {
                    error = error.help(format!("did you mean `@{near}`?"));
                }
                self.error(error);
                continue;
            }
            if seen.contains(&name) {
                self.tell(Code::DuplicateKey, attribute.span, format!("`@{name}` is given twice"));
            }
            seen.push(name);
            let decl = |kind: &str| matches!(&item.kind, ItemKind::Decl(decl) if decl.kind.text == kind);
            let action = matches!(&item.kind, ItemKind::Func(function) if function.level == ast::Level::Action);
            let allowed = match name {
                "signed" | "effective" | "sunset" => action || decl("proposal"),
                "migrate" => action,
                "max" => matches!(item.kind, ItemKind::State(_) | ItemKind::Invariant(_)),
                "param" => matches!(item.kind, ItemKind::Const(_)),
                "deprecated" => matches!(item.kind, ItemKind::Func(_) | ItemKind::Decl(_)),
                _ => true,
            };
            if !allowed {
                self.tell(Code::BadAttribute, attribute.span, format!("`@{name}` means nothing here"));
            }
            let args = usize::from(matches!(name, "max" | "effective" | "sunset"));
            if attribute.args.len() != args {
                let message = match name {
                    "max" => "write `@max(1000)`".into(),
                    "effective" | "sunset" => format!("write `@{name}(time\"2030-01-01T00:00:00Z\")`"),
                    _ => format!("`@{name}` stands alone"),
                };
                self.tell(Code::BadAttribute, attribute.span, message);
            }
        }
    }

    /// The number of `@max(n)`.
    pub(super) fn max_of(&mut self, item: &ast::Item) -> Option<u64> {
        let attribute = item.attributes.iter().find(|attribute| attribute.name.text == "max")?;
        let number = match attribute.args.first().map(|arg| &arg.kind) {
            Some(ast::ExprKind::Int(digits)) => literals::int(digits).and_then(|number| u64::try_from(number).ok()),
            _ => None,
        };
        if number.is_none() {
            self.tell(Code::BadAttribute, attribute.span, "a whole number stands in the brackets");
        }
        number
    }

    /// When an item is in force. CHK-61: it ends after it begins.
    pub(super) fn in_force(&mut self, item: &ast::Item) -> InForce {
        let mut read = |name: &str| {
            let attribute = item.attributes.iter().find(|attribute| attribute.name.text == name)?;
            match self.constant(attribute.args.first()?, &Type::Time) {
                Some(Value::Millis(millis)) => Some(millis),
                _ => None,
            }
        };
        let in_force = InForce { effective: read("effective"), sunset: read("sunset") };
        let sunset = item.attributes.iter().find(|attribute| attribute.name.text == "sunset");
        let ends_first = in_force.sunset.is_some_and(|sunset| in_force.effective.is_some_and(|from| sunset <= from));
        if let (true, Some(sunset)) = (ends_first, sunset) {
            let error = Diagnostic::new(Code::Conflict, sunset.span, "this ends before it begins");
            self.error(error.help("its end is not in it, so it must be later"));
        }
        in_force
    }
}

/// Whether an item has an attribute.
pub(super) fn has(item: &ast::Item, name: &str) -> bool {
    item.attributes.iter().any(|attribute| attribute.name.text == name)
}
