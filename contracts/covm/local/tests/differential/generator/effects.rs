//! What actions do to the organisation.

use super::{named, Generator, PERSONS};
use icn_ccl::types::Type;

impl Generator {
    fn unsigned(&mut self, resource: &str) -> String {
        // Mostly amounts that can be moved.
        if self.dice.percent(70) {
            format!("{} {resource}", self.dice.below(4))
        } else {
            self.plain(&Type::amount(resource), 2)
        }
    }

    pub(super) fn effect(&mut self) -> String {
        let resource = ["eur", "pts"][self.dice.below(2)];
        let did = |this: &mut Self| this.expr(&Type::Did, 1);
        let lock = format!("\"l{}\"", self.dice.below(2));
        let role = ["clerk", "clerk", "member", "holder"][self.dice.below(4)];
        let class = self.literal(&Type::Class, true);
        let call = match self.dice.below(48) {
            0 | 1 | 36 | 40 | 41 => {
                let from = self.literal(&Type::Account, true);
                let from = ["till", "caller", "pb", &from][self.dice.below(4)].to_string();
                let to = self.expr(&Type::Account, 1);
                let amount = self.unsigned(resource);
                match self.dice.percent(50) {
                    true => format!("transfer({from}, {to}, {amount})"),
                    false => format!("transfer(amount: {amount}, to: {to}, from: {from})"),
                }
            }
            2 | 3 => {
                let to = self.expr(&Type::Account, 1);
                let to = ["till", "caller", "pb", &to][self.dice.below(4)];
                format!("mint({to}, {})", self.unsigned(resource))
            }
            4 => format!("burn({}, {})", ["till", "caller"][self.dice.below(2)], self.unsigned(resource)),
            5 | 38 => format!("lock({lock}, {}, {})", ["till", "caller"][self.dice.below(2)], self.unsigned(resource)),
            6 => format!("release({lock}, {})", self.expr(&Type::Account, 1)),
            7 => format!("refund({lock})"),
            8 => format!("fund(pb, {}, {})", ["till", "caller"][self.dice.below(2)], self.unsigned("eur")),
            9 => {
                let (who, amount) = (did(self), self.unsigned(resource));
                format!("authorize({who}, {amount}, now + {})", self.literal(&Type::Duration, false))
            }
            10 | 37 => {
                let name = self.name("l");
                let (amount, used) = (self.unsigned(resource), self.unsigned(resource));
                return format!("  let {name} = authorize(caller, {amount}, now + 1d);\n  consume({name}, {used});\n");
            }
            11 => format!("consume({}, {})", self.expr(&Type::Int, 1), self.unsigned(resource)),
            12 | 31 | 39 => format!("grant_role({}, {role})", did(self)),
            13 => format!("revoke_role({}, {role})", did(self)),
            14 => format!("admit({}, {class})", did(self)),
            15 => format!("set_class({}, {class})", did(self)),
            16 | 32 => format!("remove({}, {})", did(self), self.expr(&Type::Text, 1)),
            17 => format!("suspend({}, {})", did(self), self.expr(&Type::Time, 2)),
            18 => "enrol()".into(),
            19 | 20 => {
                let (who, level, note) = (did(self), self.expr(&Type::Int, 1), self.expr(&Type::Text, 1));
                format!("issue({who}, Card {{ level: {level}, note: {note} }})")
            }
            21 => format!("revoke({}, Card)", did(self)),
            22 => format!("anchor({}, {})", self.expr(&Type::Text, 1), self.expr(&Type::Cid, 1)),
            23 => format!("pin({}, {})", self.expr(&Type::Cid, 1), self.expr(&Type::Int, 1)),
            24 | 29 | 30 => {
                let settable = self.settable.clone();
                let (name, ty) = self.dice.pick(&settable).expect("there is one");
                match self.dice.percent(70) {
                    true => format!("set_param({name}, {})", self.expr(&ty, 2)),
                    false => format!("set_param(value: {}, name: {name})", self.plain(&ty, 2)),
                }
            }
            25 => format!("enact_constitution({})", self.expr(&Type::Cid, 1)),
            26 => format!("log({})", self.expr(&Type::Text, 2)),
            27 => {
                let actions = self.actions.clone();
                let (name, params) = self.dice.pick(&actions).expect("there are actions");
                let at = self.expr(&Type::Time, 1);
                let at = if self.dice.percent(60) { "now + 1h".into() } else { at };
                format!("schedule({at}, {name}({}))", self.values(&params))
            }
            28 => {
                let proposals = self.proposals.clone();
                let (name, params) = self.dice.pick(&proposals).expect("there are proposals");
                format!("propose({name}({}))", self.values(&params))
            }
            // What is mostly refused, and rarely comes by chance.
            42 => format!("transfer(caller, {}, 1 pts)", did(self)),
            43 => format!("transfer(did\"{}\", caller, 1 eur)", PERSONS[self.dice.below(4)]),
            44 => ["mint(pb, 1 pts)", "mint(caller, 1 eur)"][self.dice.below(2)].into(),
            45 => format!("mint({}, 4 pts)", did(self)),
            47 => {
                let grant = format!("grant_role(did\"{}\", clerk)", PERSONS[self.dice.below(4)]);
                format!("{grant};\n  {grant}")
            }
            46 => format!("lock({lock}, till, 0.01 eur);\n  lock({lock}, till, 0.01 eur)"),
            _ => return self.looked_at(),
        };
        format!("  {call};\n")
    }

    fn values(&mut self, params: &[(String, Type)]) -> String {
        params.iter().map(|(_, ty)| self.expr(ty, 1)).collect::<Vec<_>>().join(", ")
    }

    /// Views whose values have a type of their own.
    fn looked_at(&mut self) -> String {
        let name = self.name("l");
        match self.dice.below(9) {
            0 | 7 => {
                let who = self.expr(&Type::Did, 1);
                format!(
                    "  let {name} = member({who}).{};\n",
                    ["joined", "did", "standing", "class"][self.dice.below(4)]
                )
            }
            1 | 5 => {
                let who = self.expr(&Type::Did, 1);
                let (bound, other) = (self.name("m"), self.name("l"));
                format!(
                    "  let {name} = credential({who}, Card);\n  match {name} {{ some({bound}) => {{ let {other} = {bound}.level; }} none => {{}} }}\n"
                )
            }
            2 | 6 | 8 => {
                let plans = Type::map(Type::Int, named("Plan"));
                let ballots = Type::map(Type::Did, Type::set(Type::Int));
                let (plans, ballots) = (self.plain(&plans, 2), self.plain(&ballots, 2));
                format!("  let {name} = allocate(pb, {plans}, {ballots});\n")
            }
            3 => {
                let settable = self.settable.clone();
                let (constant, _) = self.dice.pick(&settable).expect("there is one");
                format!("  let {name} = param_value({constant});\n")
            }
            _ => {
                let (from, day) = (self.name("l"), self.expr(&Type::Did, 1));
                format!(
                    "  let {from} = budget(pb).from;\n  let {name} = text(class_of({day})) == text(or_else(class_of({day}), guest));\n"
                )
            }
        }
    }
}
