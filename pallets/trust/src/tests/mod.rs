mod encoding;
mod epochs;
mod invariants;
mod keys;
mod sealing;
