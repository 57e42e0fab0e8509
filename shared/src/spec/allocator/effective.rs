//! What was asked of the allocator beside what it says that it does.

use super::AllocatorOptions;

impl AllocatorOptions {
    /// What was asked for and is not in effect, in words; `None` when all is as asked.
    ///
    /// `told` is what the target read back from its allocator, in jemalloc's notation. An option may be spelt right and
    /// in range, and still not be there: huge pages that the kernel has switched off, CPUs that cannot be told apart.
    pub fn not_in_effect(&self, told: &str) -> Option<String> {
        let in_effect = |name: &str| {
            let options = told.split(',').filter_map(|option| option.split_once(':'));
            options.into_iter().find_map(|(told, value)| (told == name).then_some(value))
        };
        let missed = self.asked().filter_map(|(name, value)| match in_effect(name) {
            Some(told) if told == value => None,
            Some(told) => Some(format!("{name} is {told}, not {value}")),
            None => Some(format!("{name} cannot be read, and was to be {value}")),
        });
        let missed: Vec<String> = missed.collect();
        (!missed.is_empty()).then(|| missed.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_as_asked_is_named() {
        let options = AllocatorOptions {
            dirty_decay_ms: Some(-1),
            background_thread: Some(true),
            thp: Some("always".to_owned()),
            ..Default::default()
        };
        let told = |thp: &str| format!("background_thread:true,dirty_decay_ms:-1,narenas:8,thp:{thp}");
        assert_eq!(options.not_in_effect(&told("always")), None);
        let missed = options.not_in_effect(&told("not supported")).unwrap();
        assert_eq!(missed, "thp is not supported, not always");
        assert_eq!(AllocatorOptions::default().not_in_effect(""), None);
        assert!(options.not_in_effect("").unwrap().contains("dirty_decay_ms cannot be read"));
    }
}
