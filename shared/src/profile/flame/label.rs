//! Names of functions in the room there is, and such that every character can be seen.

/// Fewer characters than this tell nothing.
const FEWEST: usize = 4;

/// A name with a sign in the place of each character that cannot be seen: XML has no NUL, and a line break or a change
/// of the writing direction would tear a picture apart.
pub fn visible(name: &str) -> String {
    let sign = |character: char| match character {
        '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => '\u{FFFD}',
        '\u{FFFE}' | '\u{FFFF}' => '\u{FFFD}',
        other if other.is_control() => '\u{FFFD}',
        other => other,
    };
    name.chars().map(sign).collect()
}

/// A name in at most `columns` characters: whole, else without the path before its last two parts, else cut off with an
/// ellipsis. `None` where too few are left to read.
pub fn label(name: &str, columns: usize) -> Option<String> {
    if columns < FEWEST {
        return None;
    }
    let fits = |text: &str| text.chars().nth(columns).is_none();
    let short = if fits(name) { name } else { last_parts(name) };
    if fits(short) {
        return Some(visible(short));
    }
    let begin: String = short.chars().take(columns - 1).collect();
    Some(format!("{}…", visible(&begin)))
}

/// The name from the last but one part of its path on: `Vec<T>::push` of `alloc::vec::Vec<T>::push`.
///
/// Separators within angle or round brackets belong to types, not to the path.
fn last_parts(name: &str) -> &str {
    let bytes = name.as_bytes();
    let (mut depth, mut starts) = (0_i32, [0, 0]);
    for at in 0..bytes.len() {
        match bytes[at] {
            b'<' | b'(' => depth += 1,
            // The head of `->` closes nothing.
            b'>' if at > 0 && bytes[at - 1] == b'-' => {}
            b'>' | b')' => depth -= 1,
            b':' if depth == 0 && at > 0 && bytes[at - 1] == b':' => starts = [starts[1], at + 1],
            _ => {}
        }
    }
    &name[starts[0]..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, columns: usize, expect: Option<&str>) {
        assert_eq!(label(name, columns).as_deref(), expect);
    }

    #[test]
    fn a_label_is_whole_then_short_then_cut() {
        let push = "alloc::vec::Vec<core::option::Option<T>>::push";
        check(push, 46, Some(push));
        check(push, 45, Some("Vec<core::option::Option<T>>::push"));
        check(push, 12, Some("Vec<core::o…"));
        check(push, 4, Some("Vec…"));
        check(push, 3, None);
        check("main", 4, Some("main"));
        check("", 4, Some(""));
    }

    #[test]
    fn types_are_no_part_of_the_path() {
        assert_eq!(last_parts("<a::B as c::D>::run::{{closure}}"), "run::{{closure}}");
        assert_eq!(last_parts("<a::B as c::D>::run"), "<a::B as c::D>::run");
        assert_eq!(last_parts("a::b::<fn(x::Y) -> z::W>::c::d"), "c::d");
        assert_eq!(last_parts("malloc"), "malloc");
        assert_eq!(last_parts(">>::a::b::c"), ">>::a::b::c", "brackets that do not match hide nothing");
    }

    #[test]
    fn what_cannot_be_seen_gets_a_sign() {
        assert_eq!(visible("a\0b\nc\u{7F}d\u{202E}é"), "a�b�c�d�é");
        check("f\0", 4, Some("f�"));
    }
}
