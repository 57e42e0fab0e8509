//! Decimal numbers as people type and read them.

/// The number that a text is: digits with at most one point, with or without a sign. `None` for any other text, such as
/// `inf` or `1e3`, and for more than a double holds.
pub fn parse(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_plain = unsigned.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number = is_plain.then(|| text.parse::<f64>().ok())??;
    number.is_finite().then_some(number)
}

/// A finite number with this many decimals.
pub fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    // What rounds to zero has no sign.
    match text.strip_prefix('-') {
        Some(digits) if !digits.contains(|digit| ('1'..='9').contains(&digit)) => digits.to_owned(),
        _ => text,
    }
}

/// A finite number with as many decimals as it needs, at most this many.
pub fn short(value: f64, decimals: usize) -> String {
    let text = fixed(value, decimals);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_is_none() {
        for text in
            ["", "-", ".", "inf", "nan", "1e3", "1.2.3", " 1", "1 ", "0x1", "١", "+-1", &"9".repeat(400)]
        {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!([parse("-.5"), parse("+12"), parse("0.1")], [Some(-0.5), Some(12.0), Some(0.1)]);
    }

    #[test]
    fn numbers_are_written_as_people_read_them() {
        for (value, decimals, text) in [
            (0.0, 0, "0"),
            (-0.4, 0, "0"),
            (-0.004, 2, "0.00"),
            (-12.5, 0, "-12"),
            (0.05, 2, "0.05"),
            (3.0, 2, "3.00"),
            (-1.005e3, 1, "-1005.0"),
            (1e15, 0, "1000000000000000"),
        ] {
            assert_eq!(fixed(value, decimals), text);
        }
        assert_eq!((short(3.0, 2), short(0.5, 3), short(100.0, 0)), ("3".into(), "0.5".into(), "100".into()));
    }
}
