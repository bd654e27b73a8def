//! Attributes: a closed list, each with the items that it stands on.

use super::{literals, Resolver};
use crate::{
    ast::{self, ItemKind},
    diagnostic::{Code, Diagnostic},
    nearest::nearest,
};

/// All attributes.
pub const ATTRIBUTES: [&str; 6] = ["signed", "override", "migrate", "deprecated", "max", "param"];

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
                "signed" => action || decl("proposal"),
                "migrate" => action,
                "max" => matches!(item.kind, ItemKind::State(_) | ItemKind::Invariant(_)),
                "param" => matches!(item.kind, ItemKind::Const(_)),
                "deprecated" => matches!(item.kind, ItemKind::Func(_) | ItemKind::Decl(_)),
                _ => true,
            };
            if !allowed {
                self.tell(Code::BadAttribute, attribute.span, format!("`@{name}` means nothing here"));
            }
            let args = usize::from(name == "max");
            if attribute.args.len() != args {
                let message = if args == 1 { "write `@max(1000)`".into() } else { format!("`@{name}` stands alone") };
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
}

/// Whether an item has an attribute.
pub(super) fn has(item: &ast::Item, name: &str) -> bool {
    item.attributes.iter().any(|attribute| attribute.name.text == name)
}
