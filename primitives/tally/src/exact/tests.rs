//! Against fractions of any size, with numbers on both sides of 128 bits.

use super::{BigUint, Exact, Form};
use crate::{TallyError, BITS_MAX};
use num_bigint::BigInt;
use num_rational::BigRational;
use proptest::{collection::vec, prelude::*};

fn plain(exact: &Exact) -> BigRational {
    let (num, den) = exact.parts();
    BigRational::new(num.into(), den.into())
}

fn exact() -> impl Strategy<Value = Exact> {
    let number = || vec(prop_oneof![any::<u32>(), Just(0), Just(1), Just(u32::MAX)], 1..7).prop_map(BigUint::new);
    let small = (0..20u64, 1..20u64).prop_map(|(num, den)| Exact::new(num, den).unwrap());
    let big = (number(), number()).prop_map(|(num, den)| Exact::big(num, den + 1u8).unwrap());
    prop_oneof![small, big]
}

proptest! {
    #[test]
    fn sums_differences_products_and_orders_are_those_of_plain_fractions(a in exact(), b in exact(), n: u64) {
        let (x, y) = (plain(&a), plain(&b));
        prop_assert_eq!(plain(&a.plus(&b).unwrap()), &x + &y);
        let difference = if x > y { &x - &y } else { BigRational::from(BigInt::from(0)) };
        prop_assert_eq!(plain(&a.minus(&b).unwrap()), difference);
        prop_assert_eq!(plain(&a.times(n).unwrap()), &x * BigInt::from(n));
        if n > 0 {
            prop_assert_eq!(plain(&a.over(n).unwrap()), &x / BigInt::from(n));
        }
        prop_assert_eq!(a.cmp(&b), x.cmp(&y));
        prop_assert_eq!(a == b, x == y);
        let back = a.plus(&b).unwrap().minus(&b).unwrap();
        prop_assert_eq!(&back, &a, "equal fractions have equal forms");
        let text = serde_json::to_value(&a).unwrap();
        prop_assert_eq!(serde_json::from_value::<Exact>(text).unwrap(), a);
    }

    #[test]
    fn small_forms_are_in_lowest_terms(num: u64, den in 1..u64::MAX) {
        let Form::Small(num, den) = Exact::new(num, den).unwrap().0 else { panic!("it fits") };
        prop_assert_eq!(num_integer::Integer::gcd(&num, &den), 1);
    }
}

#[test]
fn a_fraction_of_too_many_bits_is_refused() {
    let mut product = Exact::from(1);
    let refused = (0..).find_map(|_| match product.times(u64::MAX) {
        Ok(next) => {
            product = next;
            None
        }
        Err(error) => Some(error),
    });
    assert!(matches!(refused, Some(TallyError::TooComplex { bits }) if bits > BITS_MAX && bits <= BITS_MAX + 64));
    assert!(product.over(3).is_ok() && product.over(u64::MAX - 1).is_ok());
}
