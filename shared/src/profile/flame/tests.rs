//! Trees of one profile and of two, their views, searches, tables and words.

use super::*;
use crate::profile::Stack;

mod properties;

const KIND: SampleType = SampleType::AllocSpace;

/// A profile of stacks as text: `main;f;g` has 5, on a thread where one is named.
fn profile(stacks: &[(&str, u64, Option<&str>)]) -> Profile {
    let mut profile = Profile { sample_bytes: 1, ..Default::default() };
    let index = |names: &mut Vec<String>, name: &str| {
        let at = names.iter().position(|known| known == name).unwrap_or_else(|| {
            names.push(name.to_owned());
            names.len() - 1
        });
        at as u32
    };
    for (stack, bytes, thread) in stacks {
        let path = stack.split(';').filter(|name| !name.is_empty());
        let frames = path.map(|name| index(&mut profile.functions, name)).collect();
        let thread = thread.map(|name| index(&mut profile.threads, name));
        profile.stacks.push(Stack { frames, thread, values: [0, 0, *bytes, 0] });
    }
    profile
}

fn flame(stacks: &[(&str, u64)]) -> Flame {
    let stacks: Vec<_> = stacks.iter().map(|(stack, bytes)| (*stack, *bytes, None)).collect();
    Flame::new(&profile(&stacks), KIND, None)
}

fn diff(shown: &[(&str, u64)], base: &[(&str, u64)]) -> Flame {
    let of = |stacks: &[(&str, u64)]| {
        profile(&stacks.iter().map(|(stack, bytes)| (*stack, *bytes, None)).collect::<Vec<_>>())
    };
    Flame::diff(&of(shown), &of(base), KIND, None)
}

/// The tree as text: a frame a line, with what it has itself, its total, its place and its width.
fn text(flame: &Flame) -> Vec<String> {
    let line = |(at, node): (usize, &Node)| {
        let amount = |amount: Amount| match flame.is_difference {
            true => format!("{}/{}", amount.value, amount.base),
            false => amount.value.to_string(),
        };
        let (indent, name) = (" ".repeat(node.depth), flame.name(at));
        let (own, total) = (amount(node.own), amount(node.total));
        format!("{indent}{name} {own} {total} @{}+{}", node.offset, node.width)
    };
    flame.nodes().iter().enumerate().map(line).collect()
}

#[test]
fn stacks_become_a_tree_in_the_order_of_names() {
    let tree = flame(&[("main;g;h", 5), ("main;f", 3), ("other", 1), ("main;g", 2), ("main;g;h", 10)]);
    assert_eq!(
        text(&tree),
        [
            "all 0 21 @0+21",
            " main 0 20 @0+20",
            "  f 3 3 @0+3",
            "  g 2 17 @3+17",
            "   h 15 15 @3+15",
            " other 1 1 @20+1",
        ]
    );
    let names = |node| tree.children(node).map(|child| tree.name(child)).collect::<Vec<_>>();
    assert_eq!((names(0), names(1), names(2)), (vec!["main", "other"], vec!["f", "g"], vec![]));
}

#[test]
fn an_empty_profile_is_an_empty_tree() {
    for tree in [flame(&[]), flame(&[("main;f", 0)]), diff(&[], &[])] {
        assert!(tree.is_empty() && tree.nodes().len() == 1);
        assert_eq!(tree.layout(0, 0.0, Calls::All), Layout::default());
        assert_eq!(tree.search("main").covered, Amount::default());
        assert!(tree.top(5).is_empty());
        assert_eq!(tree.share(tree.total()), 0.0);
    }
}

#[test]
fn an_allocation_without_a_stack_is_the_roots_own() {
    assert_eq!(text(&flame(&[("", 4), ("main", 1)])), ["all 4 5 @0+5", " main 1 1 @0+1"]);
}

#[test]
fn one_frame_fills_the_view() {
    let layout = flame(&[("main", 7)]).layout(0, 0.001, Calls::All);
    let places: Vec<_> = layout.frames.iter().map(|frame| (frame.x, frame.width, frame.row)).collect();
    assert_eq!(places, [(0.0, 1.0, 0), (0.0, 1.0, 1)]);
    assert_eq!((layout.rows, layout.left_out), (2, 0));
}

#[test]
fn a_thread_shows_its_own_stacks() {
    let profile =
        profile(&[("f", 5, Some("one")), ("f", 7, Some("two")), ("g", 1, None), ("h", 2, Some("one"))]);
    let of = |thread| text(&Flame::new(&profile, KIND, thread));
    assert_eq!(of(Some("one")), ["all 0 7 @0+7", " f 5 5 @0+5", " h 2 2 @5+2"]);
    assert_eq!(of(Some("nobody")), ["all 0 0 @0+0"]);
    assert_eq!(of(None)[0], "all 0 15 @0+15");
}

#[test]
fn indices_that_lead_nowhere_have_no_name_and_no_thread() {
    let mut broken = profile(&[("f", 5, Some("one"))]);
    broken.stacks.push(Stack { frames: vec![0, 900], thread: Some(900), values: [0, 0, 1, 0] });
    assert_eq!(Flame::new(&broken, KIND, None).name(2), "(unknown)");
    assert_eq!(Flame::new(&broken, KIND, Some("one")).total().value, 5);
}

#[test]
fn a_difference_is_as_wide_as_the_larger_side() {
    let tree = diff(&[("main;f", 10), ("main;new", 4)], &[("main;f", 6), ("main;gone", 90)]);
    assert_eq!(
        text(&tree),
        [
            "all 0/0 14/96 @0+104",
            " main 0/0 14/96 @0+104",
            "  f 10/6 10/6 @0+10",
            "  gone 0/90 0/90 @10+90",
            "  new 4/0 4/0 @100+4",
        ]
    );
    let differences: Vec<_> = tree.nodes().iter().map(|node| tree.signed(node.total)).collect();
    assert_eq!(differences, ["−82 B", "−82 B", "+4 B", "−90 B", "+4 B"]);
    use Change::{Less, More};
    let changes: Vec<_> = (0..5).map(|at| tree.change(at)).collect();
    assert_eq!(changes, [Less, Less, More, Less, More]);
}

#[test]
fn small_changes_are_none_to_see() {
    let tree = diff(&[("f", 1000), ("g", 1000)], &[("f", 1010), ("g", 1011)]);
    assert_eq!([tree.change(1), tree.change(2)], [Change::Same, Change::Less]);
}

#[test]
fn zoom_gives_a_frame_the_full_width_below_its_callers() {
    let tree = flame(&[("a;b;c", 30), ("a;b;d", 10), ("a;e", 60)]);
    let b = (0..tree.nodes().len()).find(|at| tree.name(*at) == "b").unwrap();
    let layout = tree.layout(b, 0.0, Calls::All);
    let shown =
        layout.frames.iter().map(|frame| (tree.name(frame.node), frame.x, frame.width, frame.is_above));
    assert_eq!(
        shown.collect::<Vec<_>>(),
        [
            ("all", 0.0, 1.0, true),
            ("a", 0.0, 1.0, true),
            ("b", 0.0, 1.0, false),
            ("c", 0.0, 0.75, false),
            ("d", 0.75, 0.25, false),
        ]
    );
    assert_eq!(layout.rows, 4);
    assert_eq!(
        tree.layout(900, 0.0, Calls::All),
        tree.layout(0, 0.0, Calls::All),
        "what is not there shows the whole"
    );
}

#[test]
fn calls_that_only_pass_on_can_be_folded() {
    let tree = flame(&[("a;b;c;d", 30), ("a;b;c;e;f", 10), ("a;b;c;e;f;g", 1)]);
    let shown = |zoom| {
        let layout = tree.layout(zoom, 0.0, Calls::Folded);
        let frames = layout.frames.iter();
        frames.map(|frame| (tree.name(frame.node), tree.name(frame.first), frame.row)).collect::<Vec<_>>()
    };
    let whole = [("all", "all", 0), ("c", "a", 1), ("d", "d", 2), ("f", "e", 2), ("g", "g", 3)];
    assert_eq!(shown(0), whole);
    let b = (0..tree.nodes().len()).find(|at| tree.name(*at) == "b").unwrap();
    assert_eq!(
        shown(b)[..3],
        [("all", "all", 0), ("b", "a", 1), ("c", "c", 2)],
        "what fills the view is shown"
    );
}

#[test]
fn narrow_frames_are_counted_with_all_they_call() {
    let tree = flame(&[("wide", 1998), ("thin;one;two", 1), ("thin;three", 1)]);
    let layout = tree.layout(0, 0.002, Calls::All);
    assert_eq!((layout.frames.len(), layout.left_out), (2, 4));
    let thin = (0..tree.nodes().len()).find(|at| tree.name(*at) == "thin").unwrap();
    assert_eq!(tree.layout(thin, 0.002, Calls::All).left_out, 0, "zoomed in there is room for them");
}

#[test]
fn a_search_counts_nested_matches_once() {
    let tree = flame(&[("main;Alpha;beta;alpha::x", 50), ("main;beta", 30), ("other", 20)]);
    let found = tree.search(" ALPHA ");
    assert_eq!(found.covered.value, 50);
    assert_eq!(tree.search("beta").covered.value, 80);
    assert_eq!(tree.search("a").covered.value, 80);
    assert_eq!(tree.search("  "), Found::default());
    assert_eq!(tree.covered(&found).unwrap(), "2 frames: 50 B, 50 % of all.");
    for nobodys in ["zeta", "all"] {
        assert_eq!(tree.covered(&tree.search(nobodys)).unwrap(), "No name contains that.");
    }
    assert_eq!(tree.covered(&Found::default()), None);
}

#[test]
fn a_function_that_calls_itself_counts_once() {
    let tree = flame(&[("main;walk;walk;walk", 6), ("main;walk", 4), ("main;push;walk", 1)]);
    let rows = tree.top(10);
    let rows: Vec<_> = rows.iter().map(|row| (row.name.as_str(), row.flat.value, row.cum.value)).collect();
    assert_eq!(rows, [("walk", 11, 11), ("main", 0, 11), ("push", 0, 1)]);
    assert_eq!(tree.top(1).len(), 1);
}

#[test]
fn the_table_of_a_difference_begins_with_what_changed_most() {
    let rows = diff(&[("same", 500), ("grew", 20)], &[("same", 500), ("shrank", 90), ("grew", 10)]).top(10);
    let rows: Vec<_> = rows.iter().map(|row| (row.name.as_str(), row.flat.value, row.flat.base)).collect();
    assert_eq!(rows, [("shrank", 0, 90), ("grew", 20, 10), ("same", 500, 500)]);
}

#[test]
fn frames_say_what_they_are() {
    let tree = flame(&[("main;f", 3 << 20), ("main", 1 << 20)]);
    assert_eq!(tree.words(2, "naive"), "f, 3 MiB, 75 % of all");
    assert_eq!(tree.details(1, "naive"), "total 4 MiB (100 %); self 1 MiB (25 %)");
    let tree = diff(&[("f", 20), ("g", 5), ("h", 8)], &[("f", 80), ("h", 8), ("i", 7)]);
    let words: Vec<_> = (1..5).map(|at| tree.words(at, "naive")).collect();
    assert_eq!(
        words,
        [
            "f, 20 B, 60 B or 75 % less than naive",
            "g, 5 B, nothing in naive",
            "h, 8 B, as in naive",
            "i, nothing, 7 B in naive"
        ]
    );
}

#[test]
fn a_profile_says_what_allocates_most() {
    let tree = flame(&[("main;f", 30), ("main;g;f", 30), ("main", 40)]);
    assert_eq!(tree.verdict("naive", ""), "100 B in all. Most of it in f: 60 B, 60 %.");
    assert_eq!(flame(&[]).verdict("naive", ""), "Nothing was sampled.");
    assert_eq!(flame(&[("", 7)]).verdict("naive", ""), "7 B in all.");
}

#[test]
fn a_difference_says_what_went_and_what_came() {
    let naive = [("main;respond", 96), ("main;hyper::write", 4)];
    let pooled = [("main;hyper::write", 4), ("main;take", 6)];
    assert_eq!(
        diff(&pooled, &naive).verdict("pooled", "naive"),
        "pooled allocates 90 % less than naive. What went away: respond −96 B. What came: take +6 B."
    );
    assert_eq!(diff(&naive, &naive).verdict("naive", "naive"), "naive allocates as much as naive.");
    assert_eq!(diff(&[], &[]).verdict("a", "b"), "Neither profile has anything of this kind.");
    assert_eq!(
        diff(&[("f", 5)], &[]).verdict("a", "b"),
        "a allocates 5 B; in b nothing was sampled. What came: f +5 B."
    );
    assert!(
        diff(&[("f", 50)], &[("f", 5)]).verdict("a", "b").starts_with("a allocates 10 times as much as b.")
    );
    assert!(
        diff(&[("f", 1)], &[("f", 9999)])
            .verdict("a", "b")
            .starts_with("a allocates over 99.9 % less than b.")
    );
    assert!(diff(&[("f", 6)], &[("f", 5)]).verdict("a", "b").starts_with("a allocates 20 % more than b."));
}

#[test]
fn sums_beyond_the_largest_number_stay_in_their_frames() {
    let tree = flame(&[("a;b", u64::MAX), ("a;c", 7), ("d", 9)]);
    assert_eq!(tree.total().value, u64::MAX);
    properties::holds(&tree);
}

#[test]
fn two_hundred_deep_and_two_thousand_long() {
    let name = "n<\0\n&\">".repeat(300);
    let path = vec![name.as_str(); 200].join(";");
    let tree = flame(&[(&path, 5), ("main", 1)]);
    assert_eq!(tree.layout(0, 0.001, Calls::All).rows, 201);
    assert_eq!(tree.search("n<\0").covered.value, 5);
    assert_eq!(tree.top(1)[0].cum.value, 5);
    assert!(tree.words(200, "").starts_with("n<��&\">"));
    properties::holds(&tree);
}
