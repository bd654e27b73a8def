//! The same source is the same module: compiled again, on another thread, and written anew by the formatter.

use crate::{generator, resolved};
use icn_ccl::{
    fmt::format,
    wasm::{compile, Options},
};

fn bytes(source: &str) -> Vec<u8> {
    compile(&resolved(source).unwrap_or_else(|found| panic!("{found}\n{source}")), Options::default()).bytes
}

#[test]
fn the_same_source_is_the_same_module() {
    for seed in 0..60 {
        let source = generator::document(seed).source;
        assert_eq!(generator::document(seed).source, source);
        let once = bytes(&source);
        assert_eq!(bytes(&source), once, "seed {seed}");
        let elsewhere = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..2).map(|_| scope.spawn(|| bytes(&source))).collect();
            threads.into_iter().map(|thread| thread.join().expect("it compiles")).collect::<Vec<_>>()
        });
        assert!(elsewhere.iter().all(|other| *other == once), "seed {seed}");
        let written = format(&source).expect("it has no mistakes");
        assert_eq!(bytes(&written), once, "seed {seed}, formatted");
    }
}
