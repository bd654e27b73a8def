//! Panics of runtime code, caught and put into words.

use std::{
    cell::{Cell, RefCell},
    panic::{self, AssertUnwindSafe},
    sync::Once,
};

thread_local! {
    /// Whether this thread is inside [`catch`]: its panics are reported to whoever called, not printed.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    /// The words of the last panic inside.
    static WORDS: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Makes panics inside [`catch`] silent, so that each is logged once, by whoever decides what it means. Panics elsewhere
/// are printed as before.
pub(crate) fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let outside = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if INSIDE.get() {
                WORDS.with_borrow_mut(|words| *words = Some(info.to_string().replace('\n', " ")));
            } else {
                outside(info);
            }
        }));
    });
}

/// Runs `work`; the words of its panic if it does.
pub(crate) fn catch<R>(work: impl FnOnce() -> R) -> Result<R, String> {
    let before = INSIDE.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    INSIDE.set(before);
    result.map_err(|_| WORDS.take().unwrap_or_else(|| "no reason given".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_words_and_place() {
        install();
        let words = catch(|| panic!("the ledger is {}", "torn")).expect_err("it panics");
        assert!(words.contains("the ledger is torn") && words.contains("panics.rs"), "{words}");
        assert_eq!(catch(|| 7), Ok(7));
    }
}
