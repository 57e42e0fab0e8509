//! Which frames are not shown: those between the code that wanted memory and the sample of it.
//!
//! A profile's flat figures go to the frame that allocates. If that were the allocator, or the growth of a `Vec`,
//! every row would be the same. Go's profiles leave out its runtime's frames, `runtime.mallocgc` and
//! `runtime.growslice` among them; here the allocator goes, and the standard library and the `bytes` crate as far
//! as they stand at the end of a stack. So the last frame is the code that filled the container. Further up,
//! nothing is left out: that is why pprof's own `drop_frames`, which cuts wherever it matches, is not used.

use super::{Function, names::crate_of};

/// Crates whose frames at the end of a stack are containers at work.
const CONTAINERS: &[&str] = &["core", "alloc", "std", "hashbrown", "bytes"];

/// How many frames at the end of a stack, the innermost first, are not shown. Always fewer than there are.
pub(super) fn hidden(functions: &[&Function]) -> usize {
    // At the end of a stack only the allocator is no Rust. In a symbol table alone its functions have any names.
    let in_c = functions.iter().position(|function| function.name.contains("::")).unwrap_or(0);
    let named = functions.iter().rposition(|function| is_allocator(function)).map_or(0, |last| last + 1);
    let allocator = in_c.max(named);
    let outside =
        functions[allocator..].iter().take_while(|function| is_container(function)).count() + allocator;
    // A stack of nothing but the standard library: what began the process, or a thread. It tells itself.
    let somebodys = functions[outside..].iter().any(|f| f.name.contains("::") && !is_container(f));
    if somebodys { outside } else { allocator.min(functions.len().saturating_sub(1)) }
}

/// jemalloc and the way into it. What stands further in has names of all kinds, and is left out with these.
fn is_allocator(function: &Function) -> bool {
    const NAMES: &[&str] = &["_rjem_", "__rust_alloc", "__rust_realloc", "heapgym_probe::counting"];
    NAMES.iter().any(|part| function.name.contains(part)) || function.file.contains("/tikv-jemalloc-sys")
}

fn is_container(function: &Function) -> bool {
    CONTAINERS.contains(&crate_of(&function.name, &function.file).as_str())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hidden_of(names: &[&str]) -> usize {
        let function =
            |name: &&str| Function { name: (*name).to_owned(), linkage: String::new(), file: String::new() };
        let functions: Vec<Function> = names.iter().map(function).collect();
        hidden(&functions.iter().collect::<Vec<_>>())
    }

    #[test]
    fn the_last_frame_is_the_code_that_wanted_memory() {
        let stack = [
            "prof_backtrace_impl",
            "_rjem_je_prof_tctx_create",
            "do_rallocx",
            "_rjem_rallocx",
            "__rustc::__rust_realloc",
            "alloc::raw_vec::finish_grow",
            "bytes::bytes_mut::BytesMut::reserve_inner",
            "<bytes::buf::writer::Writer as std::io::Write>::write",
            "serde_json::ser::format_escaped_str",
            "core::ops::function::FnOnce::call_once",
            "heapgym::reply",
        ];
        assert_eq!(stack[hidden_of(&stack)], "serde_json::ser::format_escaped_str");
        assert_eq!(hidden_of(&["do_rallocx", "a::b"]), 1, "a function of jemalloc that its caller jumped to");
        assert_eq!(hidden_of(&["_rjem_malloc", "a::b", "f", "a::b"]), 1, "only the end is looked at");
    }

    #[test]
    fn a_stack_without_anybodys_code_keeps_the_library() {
        assert_eq!(hidden_of(&["_rjem_malloc", "std::rt::init", "std::rt::lang_start", "main"]), 1);
        assert_eq!(hidden_of(&["it+0x10", "it+0x20", "libc.so.6+0x30"]), 0, "nothing tells them apart");
        assert_eq!(hidden_of(&["_rjem_malloc"]), 0, "one frame always stays");
        assert_eq!(hidden_of(&[]), 0);
    }

    proptest! {
        #[test]
        fn one_frame_always_stays(names in prop::collection::vec("(_rjem_|std::|bytes::a|a::b|f){1,2}", 0..7)) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            prop_assert!(hidden_of(&names) < names.len().max(1));
        }
    }
}
