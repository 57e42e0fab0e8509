//! Sorts by a whole number: the sort itself is compiled once, for all types.

/// The items, those with a lower key first; those of the same key keep their order.
pub fn sorted_by<T>(items: Vec<T>, key: impl Fn(&T) -> u64) -> Vec<T> {
    let mut places: Vec<_> = items.iter().map(key).enumerate().map(|(at, key)| (key, at)).collect();
    places.sort_unstable();
    let mut items: Vec<_> = items.into_iter().map(Some).collect();
    places.into_iter().filter_map(|(_, at)| items[at].take()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sort_is_stable() {
        let sorted = sorted_by(vec!["ccc", "a", "bbb", "", "dd"], |text| text.len() as u64);
        assert_eq!(sorted, ["", "a", "dd", "ccc", "bbb"]);
    }
}
