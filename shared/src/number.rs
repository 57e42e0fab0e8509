//! Decimal numbers as people type and read them, without the tables that the standard library carries for all others.

/// Powers of ten that a double holds exactly.
const EXACT: i32 = 22;

/// The number that a text is: digits with at most one point, with or without a sign. `None` for any other text, for
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

/// A finite number with so many decimals, for people: beyond sixteen digits it is the largest that is written.
pub fn fixed(value: f64, decimals: u32) -> String {
    let scale = 10_u64.pow(decimals);
    let digits = (value.abs() * scale as f64).round_ties_even() as u64;
    let sign = if value < 0.0 && digits > 0 { "-" } else { "" };
    if decimals == 0 {
        return format!("{sign}{digits}");
    }
    let (whole, fraction) = (digits / scale, (digits % scale).to_string());
    let zeros = "0".repeat((decimals as usize).saturating_sub(fraction.len()));
    format!("{sign}{whole}.{zeros}{fraction}")
}

/// A finite number with as many decimals as it needs, and at most so many.
pub fn short(value: f64, decimals: u32) -> String {
    let text = fixed(value, decimals);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
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

    #[test]
    fn numbers_are_written_as_people_read_them() {
        for (value, decimals, text) in [
            (0.0, 0, "0"),
            (-0.4, 0, "0"),
            (-12.5, 0, "-12"),
            (0.05, 2, "0.05"),
            (3.0, 2, "3.00"),
            (-1.005e3, 1, "-1005.0"),
            (1e15, 0, "1000000000000000"),
        ] {
            assert_eq!(fixed(value, decimals), text);
        }
        assert_eq!((short(3.0, 2), short(0.5, 3), short(100.0, 0)), ("3".into(), "0.5".into(), "100".into()));
        assert_eq!(short(1e300, 0), u64::MAX.to_string());
    }

    proptest! {
        #[test]
        fn a_written_number_is_that_of_the_standard_library(digits in 0_u64..1_000_000_000, decimals in 0_u32..5) {
            let value = digits as f64 / 1e4;
            let far_from_the_middle = (value * 10_f64.powi(decimals as i32)).fract() != 0.5;
            if far_from_the_middle {
                prop_assert_eq!(fixed(value, decimals), format!("{value:.0$}", decimals as usize));
            }
        }
    }
}
