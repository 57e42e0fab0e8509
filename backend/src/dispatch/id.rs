//! Random names for runs, safe in links.

use heapgym_shared::protocol::RunId;

/// Letters and digits only: sites cut a trailing `_` or `-` off links.
const ALPHABET: [char; 62] = {
    let mut alphabet = ['0'; 62];
    let mut index = 0;
    while index < 62 {
        let code = match index {
            0..10 => b'0' + index as u8,
            10..36 => b'a' + (index - 10) as u8,
            _ => b'A' + (index - 36) as u8,
        };
        alphabet[index] = code as char;
        index += 1;
    }
    alphabet
};

/// About 71 bits: nobody guesses a run's link.
const LENGTH: usize = 12;

/// A name that no other run has.
pub fn random() -> RunId {
    RunId(nanoid::nanoid!(LENGTH, &ALPHABET))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_long_enough_and_differ() {
        let (one, other) = (random(), random());
        assert_ne!(one, other);
        assert!(one.0.len() == LENGTH && one.0.chars().all(|c| c.is_ascii_alphanumeric()));
    }
}
