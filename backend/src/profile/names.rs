//! Names of functions as a person reads them, and the crates that they belong to.

/// The name without type arguments: `<hyper::Dispatcher<A, B>>::poll::<C>` is `hyper::Dispatcher::poll`. A profile's
/// names would be kilobytes long with them.
pub(super) fn plain(demangled: &str) -> String {
    let Some(inner) = demangled.strip_prefix('<') else { return without_arguments(demangled) };
    let (of, trait_, rest) = split(inner);
    let (of, rest) = (without_arguments(of), without_arguments(rest));
    match trait_ {
        Some(trait_) => format!("<{of} as {}>{rest}", without_arguments(trait_)),
        None => format!("{of}{rest}"),
    }
}

/// A short name, which is all that debug information of lines has of a function that was inlined, with what its
/// file tells of where it belongs: `reserve` of `bytes-1.12.2/src/bytes_mut.rs` is `bytes::bytes_mut::reserve`.
pub(super) fn qualified(short: &str, file: &str) -> String {
    let short = without_arguments(short);
    let Some((home, module)) = file.strip_suffix(".rs").and_then(|path| path.rsplit_once("/src/")) else {
        return short;
    };
    let module = module.trim_end_matches("/mod").trim_end_matches("/lib").replace('/', "::");
    let crate_name = crate_of_folder(home);
    match module.as_str() {
        "lib" | "main" => format!("{crate_name}::{short}"),
        _ => format!("{crate_name}::{module}::{short}"),
    }
}

/// The crate that a function belongs to, by its file where that is known; empty where nothing tells.
pub(super) fn crate_of(name: &str, file: &str) -> String {
    match file.rsplit_once("/src/") {
        Some((home, _)) => crate_of_folder(home),
        None => crate_of_name(name).to_owned(),
    }
}

/// The crate in a folder such as `.../registry/src/index/serde_json-1.0.154` or `.../library/alloc`.
fn crate_of_folder(folder: &str) -> String {
    let name = folder.rsplit('/').next().unwrap_or(folder);
    let versioned = name
        .match_indices('-')
        .find(|(index, _)| name[index + 1..].starts_with(|character: char| character.is_ascii_digit()));
    versioned.map_or(name, |(index, _)| &name[..index]).replace('-', "_")
}

/// The crate of a demangled name: of `<A as B>::c` it is A's, and B's where A is a language type.
fn crate_of_name(name: &str) -> &str {
    let Some(inner) = name.strip_prefix('<') else { return first_part(name) };
    let (of, trait_, _) = split(inner);
    match first_part(of) {
        "" => trait_.map_or("core", crate_of_name), // methods of language types are the standard library's
        part => part,
    }
}

/// The first part of a path; empty for what is none, such as `[u8]`, `&str` or `T`.
fn first_part(path: &str) -> &str {
    let path = path.trim_start_matches(['<', '&', '*', '[', '(']);
    let path = ["mut ", "const ", "dyn "].iter().fold(path, |path, word| path.trim_start_matches(word));
    let end = path.find(|character: char| !character.is_alphanumeric() && character != '_');
    match end.map(|end| path.split_at(end)) {
        Some((name, rest)) if rest.starts_with("::") => name,
        _ => "",
    }
}

/// `A`, `B` and `::c` of `A as B>::c`; `A` and `::c` of `A>::c`.
fn split(inner: &str) -> (&str, Option<&str>, &str) {
    let (mut depth, mut as_at) = (0usize, None);
    for (index, character) in inner.char_indices() {
        match character {
            '<' | '(' | '[' => depth += 1,
            '>' if inner[..index].ends_with('-') => {} // the arrow of a function type
            '>' if depth == 0 => {
                let rest = &inner[index + 1..];
                return match as_at {
                    Some(at) => (&inner[..at], Some(&inner[at + " as ".len()..index]), rest),
                    None => (&inner[..index], None, rest),
                };
            }
            '>' | ')' | ']' => depth = depth.saturating_sub(1),
            ' ' if depth == 0 && as_at.is_none() && inner[index..].starts_with(" as ") => as_at = Some(index),
            _ => {}
        }
    }
    (inner, None, "")
}

fn without_arguments(path: &str) -> String {
    let (mut plain, mut depth) = (String::with_capacity(path.len()), 0usize);
    let mut before = ' ';
    for character in path.chars() {
        match character {
            '<' => {
                if depth == 0 && plain.ends_with("::") {
                    plain.truncate(plain.len() - "::".len());
                }
                depth += 1;
            }
            '>' if before != '-' && depth > 0 => depth -= 1,
            _ if depth == 0 => plain.push(character),
            _ => {}
        }
        before = character;
    }
    plain
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn type_arguments_are_left_out() {
        for (demangled, expected) in [
            ("<hyper::Dispatcher<A, fn(B) -> C>>::poll::<D>", "hyper::Dispatcher::poll"),
            (
                "<alloc::vec::Vec<u8> as core::ops::Deref<X>>::deref",
                "<alloc::vec::Vec as core::ops::Deref>::deref",
            ),
            (
                "alloc::raw_vec::RawVecInner<A>::reserve::{{closure}}",
                "alloc::raw_vec::RawVecInner::reserve::{{closure}}",
            ),
            ("heapgym::f::{closure#0}", "heapgym::f::{closure#0}"),
            ("<[u8]>::to_vec", "[u8]::to_vec"),
            ("main", "main"),
        ] {
            assert_eq!(plain(demangled), expected);
        }
    }

    #[test]
    fn a_file_tells_where_a_short_name_belongs() {
        for (short, file, expected) in [
            ("reserve", "/r/index-19/bytes-1.12.2/src/bytes_mut.rs", "bytes::bytes_mut::reserve"),
            ("grow<T>", "/rustc/59/library/alloc/src/raw_vec/mod.rs", "alloc::raw_vec::grow"),
            ("new", "/r/hyper-util-0.1.21/src/lib.rs", "hyper_util::new"),
            ("run", "./src/it.rs", "run"),
            ("mallocx", "jemalloc.c", "mallocx"),
        ] {
            let found = qualified(short, file);
            assert!(found == expected || found == format!(".::it::{expected}"), "{found}");
        }
    }

    #[test]
    fn the_crate_of_a_function() {
        for (name, expected) in [
            ("alloc::raw_vec::RawVecInner<A>::reserve::do_reserve_and_handle", "alloc"),
            ("<alloc::vec::Vec<heapgym::A> as core::clone::Clone>::clone", "alloc"),
            ("<heapgym::A as core::clone::Clone>::clone", "heapgym"),
            ("<T as alloc::string::SpecToString>::spec_to_string", "alloc"),
            ("<[T] as alloc::slice::SliceIndex>::to_vec", "alloc"),
            ("<str as alloc::borrow::ToOwned>::to_owned", "alloc"),
            ("<u64 as serde::ser::Serialize>::serialize", "serde"),
            ("<&mut serde_json::ser::Serializer<W> as serde::ser::Serializer>::serialize_str", "serde_json"),
            ("<[u8]>::to_vec", "core"),
            ("<fn(u8) -> A as x::B<C>>::c", "x"),
            ("main", ""),
        ] {
            assert_eq!(crate_of(name, ""), expected, "{name}");
        }
        // Where it stands counts, not whose type it serves.
        let file = "/rustc/59/library/core/src/ops/function.rs";
        assert_eq!(crate_of("<heapgym::F as core::ops::FnOnce<()>>::call_once", file), "core");
        assert_eq!(crate_of("poll", "/r/index/serde_json-1.0.154/src/ser.rs"), "serde_json");
    }

    proptest! {
        #[test]
        fn no_name_makes_it_panic(name in "[<>&a-c:\\[\\]() \\-é]{0,40}", file in "(/src/|[a-c./1\\-é]){0,9}") {
            let _ = (plain(&name), qualified(&name, &file), crate_of(&name, &file));
        }
    }
}
