//! Every rule: against counts made by hand, against a second count that is slow and plain, against whoever changes a sheet,
//! and against inputs that make no sense. Other programs judge the rules in `tests/tally/`.

mod budget;
mod conviction;
mod delegation;
mod exact;
mod hostile;
mod points;
mod polls;
mod ranked;
mod samples;
mod schulze;
mod scottish;
mod sheets;
mod slow_budget;
mod sortition;
mod stv;
