//! What is written in tests only.

use super::Resolver;
use crate::{
    ast::{self, Arg, Ident},
    diagnostic::{Code, Diagnostic, Span},
    program::{Expected, Expr, ExprKind, Failure, Role},
    types::Type,
    value::Value,
};
use ipld_core::cid::{multihash::Multihash, Cid};
use sha2::{Digest as _, Sha256};

/// Functions that tests have.
pub const TEST_FUNCTIONS: [&str; 11] =
    ["expect", "expect_error", "as_caller", "grant", "join", "give", "at", "vote", "close", "test_did", "test_cid"];

/// What a voter says in a test.
const CHOICES: [&str; 4] = ["yes", "no", "abstain", "object"];

/// The person that a test calls by a name.
pub fn test_did(name: &str) -> String {
    format!("did:icn:test:{name}")
}

/// The content that a test calls by a name.
pub fn test_cid(name: &str) -> Cid {
    let digest = Sha256::digest(name.as_bytes());
    // A SHA-256 digest always fits.
    Cid::new_v1(0x55, Multihash::wrap(0x12, &digest).unwrap_or_default())
}

impl Resolver<'_> {
    /// A call that only tests have, if it is one.
    pub(super) fn test_call(&mut self, name: &Ident, args: &[Arg], span: Span) -> Option<Expr> {
        let value = |value, ty| Expr { kind: ExprKind::Value(value), ty, span };
        Some(match (name.text.as_str(), args) {
            ("test_did", [arg]) => match self.plain_text(arg) {
                Some(text) if super::literals::is_did(&test_did(&text)) => {
                    value(Value::Text(test_did(&text)), Type::Did)
                }
                Some(_) => {
                    self.tell(Code::BadLiteral, arg.value.span, "a name of letters, digits, `.`, `-` and `_`");
                    Self::unknown_expr(span)
                }
                None => Self::unknown_expr(span),
            },
            ("test_cid", [arg]) => match self.plain_text(arg) {
                Some(text) => value(Value::Bytes(test_cid(&text).to_bytes()), Type::Cid),
                None => Self::unknown_expr(span),
            },
            ("as_caller", [who, call]) => {
                let who = self.expect(&who.value, &Type::Did);
                let made = self.expr(&call.value, None);
                self.by(made, who, span)
            }
            ("expect_error", [call, error]) => self.expect_error(&call.value, &error.value, span),
            ("vote", [who, proposal, choice]) => self.vote(who, proposal, choice, span),
            ("expect" | "grant" | "join" | "give" | "at" | "close", args) => self.test_builtin(name, args, span),
            _ => return self.enact(name, args, span),
        })
    }

    /// The effect of a proposal, as if it had passed.
    fn enact(&mut self, name: &Ident, args: &[Arg], span: Span) -> Option<Expr> {
        let role = Role::Effect(name.text.clone());
        let (index, function) =
            self.program.functions.iter().enumerate().find(|(_, function)| function.role == role)?;
        let params = function.params.clone();
        let (lets, args) = self.arguments(&format!("`{}`", name.text), &params, args, span);
        let act =
            Expr { kind: ExprKind::Act { function: index, args, caller: None, proposed: false }, ty: Type::Unit, span };
        Some(if lets.is_empty() {
            act
        } else {
            Expr { kind: ExprKind::Let(lets, Box::new(act)), ty: Type::Unit, span }
        })
    }

    fn plain_text(&mut self, arg: &Arg) -> Option<String> {
        match &arg.value.kind {
            ast::ExprKind::Text(literal) => self.text(literal, arg.value.span),
            _ => {
                self.tell(Code::TypeMismatch, arg.value.span, "a text in quotes stands here");
                None
            }
        }
    }

    fn by(&mut self, made: Expr, who: Expr, span: Span) -> Expr {
        match made.kind {
            ExprKind::Act { function, args, proposed, .. } => {
                Expr { kind: ExprKind::Act { function, args, proposed, caller: Some(Box::new(who)) }, ..made }
            }
            ExprKind::ExpectError { function, args, proposed, error, .. } => {
                let caller = Some(Box::new(who));
                Expr { kind: ExprKind::ExpectError { function, args, proposed, error, caller }, ..made }
            }
            _ => {
                if made.ty != Type::Unknown {
                    self.tell(Code::TypeMismatch, span, "as_caller takes a call of an action or a proposal");
                }
                Self::unknown_expr(span)
            }
        }
    }

    fn expect_error(&mut self, call: &ast::Expr, error: &ast::Expr, span: Span) -> Expr {
        let made = self.expr(call, None);
        let Some(path) = error.as_path() else {
            self.tell(Code::TypeMismatch, error.span, "the name of an error stands here");
            return Self::unknown_expr(span);
        };
        let name = path.iter().map(|ident| ident.text.as_str()).collect::<Vec<_>>().join(".");
        let expected = match (self.errors.get(&name), Failure::of(&name)) {
            (Some(index), _) => Expected::Error(*index),
            (None, Some(failure)) => Expected::Failure(failure),
            (None, None) => {
                let failures = Failure::ALL.iter().map(|failure| format!("{failure:?}"));
                let known = self.errors.keys().cloned().chain(failures).collect();
                if let Some(last) = path.last() {
                    self.unknown("error", last, known);
                }
                return Self::unknown_expr(span);
            }
        };
        match made.kind {
            ExprKind::Act { function, args, caller, proposed } => {
                let kind = ExprKind::ExpectError { function, args, caller, proposed, error: expected };
                Expr { kind, ty: Type::Unit, span }
            }
            _ => {
                if made.ty != Type::Unknown {
                    let help = "expect_error(submit(…), WrongPhase);";
                    let error =
                        Diagnostic::new(Code::TypeMismatch, call.span, "a call of an action or a proposal stands here");
                    self.error(error.help(help));
                }
                Self::unknown_expr(span)
            }
        }
    }

    /// Calls of the test's own host.
    fn test_builtin(&mut self, name: &Ident, args: &[Arg], span: Span) -> Expr {
        let (op, types): (_, &[Type]) = match name.text.as_str() {
            "close" => (crate::program::TestOp::Close, &[Type::Proposal]),
            "expect" => (crate::program::TestOp::Expect, &[Type::Bool]),
            "grant" => return self.grant(args, span),
            "join" => (crate::program::TestOp::Join, &[Type::Did, Type::Class]),
            "at" => (crate::program::TestOp::At, &[Type::Time]),
            _ => {
                // An amount of any resource.
                let [to, amount] = args else {
                    self.tell(Code::TypeMismatch, span, "give(account, amount)");
                    return Self::unknown_expr(span);
                };
                let to = self.expect(&to.value, &Type::Account);
                let amount = self.expr(&amount.value, None);
                if !matches!(amount.ty, Type::Amount(_) | Type::Unknown) {
                    self.tell(Code::TypeMismatch, amount.span, "an amount stands here");
                }
                return Expr {
                    kind: ExprKind::Test(crate::program::TestOp::Give, vec![to, amount]),
                    ty: Type::Unit,
                    span,
                };
            }
        };
        if args.len() != types.len() {
            let message = format!("`{}` takes {} values, not {}", name.text, types.len(), args.len());
            self.tell(Code::TypeMismatch, span, message);
            return Self::unknown_expr(span);
        }
        let args = args.iter().zip(types).map(|(arg, ty)| self.expect(&arg.value, ty)).collect();
        let ty = if op == crate::program::TestOp::Close { Type::Bool } else { Type::Unit };
        Expr { kind: ExprKind::Test(op, args), ty, span }
    }

    /// `grant(who, role)`, `grant(who, body)`
    fn grant(&mut self, args: &[Arg], span: Span) -> Expr {
        let [who, of] = args else {
            self.tell(Code::TypeMismatch, span, format!("`grant` takes 2 values, not {}", args.len()));
            return Self::unknown_expr(span);
        };
        let (who, of) = (self.expect(&who.value, &Type::Did), self.expr(&of.value, None));
        if !matches!(of.ty, Type::Role | Type::Body | Type::Unknown) {
            self.tell(Code::TypeMismatch, of.span, format!("this is {}, where a role or body is needed", of.ty));
        }
        Expr { kind: ExprKind::Test(crate::program::TestOp::Grant, vec![who, of]), ty: Type::Unit, span }
    }

    /// `propose(Kind(…))`: the proposal that was made.
    pub(super) fn proposed(&mut self, args: &[Arg], span: Span) -> Expr {
        let [call] = args else {
            self.tell(Code::Syntax, span, "this is written `propose(Proposal(…))`");
            return Self::unknown_expr(span);
        };
        let target = self.target(&call.value, |role| matches!(role, Role::Effect(_)));
        let Some((function, args)) = target else { return Self::unknown_expr(span) };
        Expr { kind: ExprKind::Act { function, args, caller: None, proposed: true }, ty: Type::Proposal, span }
    }

    fn vote(&mut self, who: &Arg, proposal: &Arg, choice: &Arg, span: Span) -> Expr {
        let who = self.expect(&who.value, &Type::Did);
        let proposal = self.expect(&proposal.value, &Type::Proposal);
        if let Some(text) = self.plain_text(choice) {
            if !CHOICES.contains(&text.as_str()) {
                let message = format!("a voter says one of: {}", CHOICES.join(", "));
                self.tell(Code::BadLiteral, choice.value.span, message);
            }
        }
        let choice = self.expect(&choice.value, &Type::Text);
        Expr { kind: ExprKind::Test(crate::program::TestOp::Vote, vec![who, proposal, choice]), ty: Type::Bool, span }
    }
}
