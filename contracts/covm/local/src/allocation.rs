//! What a budget pays for: ballots and projects as `primitives/tally` counts them.

use crate::{host::Call, outcome::Failure, values::misuse};
use icn_ccl::{
    program::SettingValue,
    schema::Kind,
    types::{Type, TypeDef},
    value::Value,
};
use icn_covm::{Guest, Stop};
use icn_tally::{Approvals, BudgetRule, BudgetVote, Category, Count as _, CountSheet as _, Project, COMPLETION_ADD1U};

/// Units of fuel for each approval in a ballot, and for each pair of a project and a voter.
const PER_APPROVAL: u64 = 20;

impl Call<'_> {
    /// `allocate(budget, projects, ballots)`
    pub(crate) fn allocate(&mut self, args: &[u64], guest: &mut dyn Guest) -> Result<Value, Stop> {
        let &[budget, projects, ballots, record] = args else { return misuse() };
        let name = self.arena.text(budget)?.to_string();
        let record = self.arena.text(record)?.to_string();
        let law = self.chain.law().clone();
        let Some(decl) = law.decl(Kind::Budget, &name) else { return misuse() };
        let Some((_, total, ..)) = law.budget(&name) else { return misuse() };
        let Some(TypeDef::Record(fields)) = self.loaded.types.get(&record) else { return misuse() };
        let field = |wanted: &str| fields.iter().position(|field| field.name == wanted);
        let Some(cost_at) = field("cost") else { return misuse() };
        let category_type = Type::Named(format!("{name}.Category"));
        let category_at = field("category").filter(|at| fields.get(*at).is_some_and(|field| field.ty == category_type));

        let number = |value: i128| u64::try_from(value).ok();
        let project = |(key, value): &(Value, Value)| match (key, value) {
            (Value::Int(id), Value::Record(parts)) => {
                let cost = match parts.get(cost_at) {
                    Some(Value::Int(cost)) => number(*cost)?,
                    _ => return None,
                };
                let category = match category_at.and_then(|at| parts.get(at)) {
                    Some(Value::Variant(tag, _)) => Some(u64::from(*tag)),
                    _ => None,
                };
                Some(Project { id: number(*id)?, cost, category })
            }
            _ => None,
        };
        let projects: Option<Vec<_>> = self.arena.map(projects)?.iter().map(project).collect();
        let ballots = self.arena.map(ballots)?;
        let mut approvals = Vec::new();
        for (_, chosen) in ballots {
            let Value::Set(chosen) = chosen else { return misuse() };
            let option = |value: &Value| match value {
                Value::Int(id) => number(*id),
                _ => None,
            };
            let options: Option<Vec<_>> = chosen.iter().map(option).collect();
            // A ballot may name what is not up for a vote any more; that part counts for nothing.
            let known =
                |id: &u64| projects.as_ref().is_some_and(|projects| projects.iter().any(|project| project.id == *id));
            approvals.push(options.map(|options| options.into_iter().filter(known).collect::<Vec<_>>()));
        }
        let options: Option<Vec<Vec<u64>>> = approvals.into_iter().collect();
        let (Some(projects), Some(options), Some(budget)) = (projects, options, number(total)) else {
            return self.failed(Failure::Overflow);
        };
        let work = options.iter().map(Vec::len).sum::<usize>() + projects.len() * options.len() / 8;
        guest.charge(PER_APPROVAL * work as u64)?;
        let categories = if category_at.is_some() {
            categories(decl, total, &self.loaded.types, &category_type)
        } else {
            Vec::new()
        };
        let rule = match decl.settings.word("rule") {
            Some("greedy_per_cost") => BudgetRule::GreedyCost,
            Some("equal_shares") => BudgetRule::EqualShares(COMPLETION_ADD1U),
            Some("phragmen") => BudgetRule::Phragmen,
            _ => BudgetRule::GreedyVotes,
        };
        let ballots = options.into_iter().map(|options| Approvals { count: 1, options }).collect();
        let vote = BudgetVote { budget, projects, categories, ballots, rule };
        match vote.count() {
            Ok(sheet) => Ok(Value::List(sheet.outcome().into_iter().map(|id| Value::Int(id.into())).collect())),
            // The rule of the tally: too many, or numbers that it does not take.
            Err(_) => self.failed(Failure::Overflow),
        }
    }
}

/// Floors and ceilings of a budget's categories in the smallest unit: floors are rounded up, ceilings down.
fn categories(decl: &icn_ccl::program::Decl, total: i128, types: &icn_ccl::types::Types, ty: &Type) -> Vec<Category> {
    use icn_ccl::number::{round, times, Rounding};
    let part = |share: Option<&SettingValue>, rounding| match share {
        Some(SettingValue::Ratio(numerator, denominator)) => {
            let amount = times((total, 1), (*numerator, *denominator)).and_then(|amount| round(amount, rounding));
            amount.and_then(|amount| u64::try_from(amount).ok())
        }
        _ => None,
    };
    let variants = types.variants(ty).unwrap_or_default();
    let category = |(name, settings): (&String, &std::collections::BTreeMap<String, SettingValue>)| {
        let id = variants.iter().position(|variant| variant.name == *name)?;
        let share = settings.get("share");
        let floor = part(settings.get("min").or(share), Rounding::Up).unwrap_or(0);
        let ceiling = part(settings.get("max").or(share), Rounding::Down).or_else(|| u64::try_from(total).ok())?;
        Some(Category { id: id as u64, floor, ceiling })
    };
    decl.settings.named("category").filter_map(category).collect()
}
