//! Decimal numbers as people type them, read without the tables that the standard library's reader carries.

/// Powers of ten that a double holds exactly.
const EXACT: i32 = 22;

/// The number that a text is: digits with at most one point, with or without a sign. None for any other text, for
/// words such as `inf`, and for more than nineteen digits.
pub fn parse(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let mut digits: u64 = 0;
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    for digit in whole.bytes().chain(fraction.bytes()) {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        digits = digits.checked_mul(10)?.checked_add(digit)?;
    }
    let scale = i32::try_from(fraction.len()).ok().filter(|scale| *scale <= EXACT)?;
    let value = divide(digits, scale);
    Some(if text.starts_with('-') { -value } else { value })
}

/// The double nearest to `digits / 10^scale`.
fn divide(digits: u64, scale: i32) -> f64 {
    const INTEGERS: u64 = 1 << f64::MANTISSA_DIGITS; // up to here every whole number is a double
    if digits <= INTEGERS {
        // Both sides are exact, so the quotient is rounded once.
        return digits as f64 / 10_f64.powi(scale);
    }
    let (digits, divisor) = (u128::from(digits) << 64, 10_u128.pow(scale.unsigned_abs()));
    // What is left decides only between two doubles that are equally near: its last bit is enough.
    let quotient = (digits / divisor) | u128::from(digits % divisor != 0);
    quotient as f64 / (1_u128 << 64) as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_number_is_none() {
        for text in
            ["", "-", ".", "inf", "nan", "1e3", "1.2.3", " 1", "1 ", "0x1", "١", "99999999999999999999"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn it_is_what_the_standard_library_reads(text in "[+-]?([0-9]{1,8}\\.?[0-9]{0,10}|\\.[0-9]{1,17}|[0-9]{1,18})") {
            prop_assert_eq!(parse(&text), text.parse().ok());
        }

        #[test]
        fn what_rust_writes_reads_back_the_same(value in 0.001f64..1e15) {
            prop_assert_eq!(parse(&value.to_string()), Some(value));
        }
    }
}
