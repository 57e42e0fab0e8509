//! What is true of every tree, whatever the profile.

use proptest::prelude::*;

use super::*;

/// What is true of every tree.
pub(super) fn holds(tree: &Flame) {
    for (at, node) in tree.nodes().iter().enumerate() {
        let children: Vec<_> = tree.children(at).map(|child| &tree.nodes()[child]).collect();
        assert!(children.iter().all(|child| child.parent == Some(at) && child.depth == node.depth + 1));
        let names: Vec<_> = tree.children(at).map(|child| tree.name(child)).collect();
        assert!(names.is_sorted_by(|one, other| one < other), "{names:?}");
        let sum =
            |of: fn(&Node) -> u64| children.iter().fold(0, |sum: u64, child| sum.saturating_add(of(child)));
        assert!(sum(|child| child.width) <= node.width);
        assert_eq!(node.total.value, node.own.value.saturating_add(sum(|child| child.total.value)));
        assert_eq!(node.total.base, node.own.base.saturating_add(sum(|child| child.total.base)));
        assert!(node.width >= node.total.value.max(node.total.base) || tree.nodes()[0].width == u64::MAX);
        let mut left = node.offset;
        for child in children {
            assert_eq!(child.offset, left, "no gap and no overlap");
            left += child.width;
        }
        assert!(left <= node.offset + node.width);
    }
}

fn any_stack() -> impl Strategy<Value = (String, u64, Option<&'static str>)> {
    let name = prop::sample::select(vec!["a", "b", "c", "alloc::d", "<e>", "f\0"]);
    let path = prop::collection::vec(name, 0..8).prop_map(|names| names.join(";"));
    (path, 0_u64..1 << 40, prop::sample::select(vec![None, Some("one"), Some("two")]))
}

prop_compose! {
    fn any_profile()(stacks in prop::collection::vec(any_stack(), 0..30)) -> Profile {
        profile(&stacks.iter().map(|(path, bytes, thread)| (path.as_str(), *bytes, *thread)).collect::<Vec<_>>())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_tree_adds_up(one in any_profile(), other in any_profile(), zoom in 0_usize..40, least in 0.0..0.2) {
        let sum = |profile: &Profile| profile.stacks.iter().map(|stack| stack.value(KIND)).sum::<u64>();
        let tree = Flame::new(&one, KIND, None);
        prop_assert_eq!(tree.total(), Amount { value: sum(&one), base: 0 });
        prop_assert_eq!(tree.nodes()[0].width, sum(&one));
        let both = Flame::diff(&one, &other, KIND, None);
        prop_assert_eq!(both.total(), Amount { value: sum(&one), base: sum(&other) });
        for tree in [&tree, &both] {
            holds(tree);
            let flat: u64 = tree.top(usize::MAX).iter().map(|row| row.flat.value).sum();
            prop_assert_eq!(flat + tree.nodes()[0].own.value, tree.total().value);
            let most = tree.total().value;
            let top = tree.top(usize::MAX);
            prop_assert!(top.iter().all(|row| row.flat.value <= row.cum.value && row.cum.value <= most));
            prop_assert!(tree.search("a").covered.value <= tree.total().value);
            let layout = tree.layout(zoom, least, Calls::All);
            for frame in &layout.frames {
                prop_assert!(frame.x >= 0.0 && frame.x + frame.width <= 1.0 + 1e-9, "{:?}", frame);
                prop_assert!(frame.width >= least);
            }
            let folded = tree.layout(zoom, 0.0, Calls::Folded);
            let of_all: usize = folded.frames.iter().map(|frame| frame.node + 1 - frame.first).sum();
            prop_assert_eq!(of_all, tree.layout(zoom, 0.0, Calls::All).frames.len());
            let whole = tree.layout(0, 0.0, Calls::All);
            let drawable = if tree.is_empty() { 0 } else { tree.nodes().len() };
            prop_assert_eq!(whole.frames.len() + whole.left_out, drawable);
        }
    }

    #[test]
    fn the_order_of_stacks_is_of_no_account(one in any_profile(), at in 0_usize..30) {
        let mut turned = one.clone();
        let at = at.min(turned.stacks.len());
        turned.stacks.rotate_left(at);
        prop_assert_eq!(Flame::new(&one, KIND, None), Flame::new(&turned, KIND, None));
    }

    #[test]
    fn a_profile_differs_nowhere_from_itself(one in any_profile()) {
        let tree = Flame::diff(&one, &one, KIND, None);
        for (at, node) in tree.nodes().iter().enumerate() {
            prop_assert_eq!((node.own.changed(), node.total.changed()), (0, 0));
            prop_assert_eq!(tree.change(at), Change::Same);
        }
    }

    #[test]
    fn threads_add_up_to_the_whole(one in any_profile()) {
        let mut one = one;
        one.stacks.retain(|stack| stack.thread.is_some());
        let total = |thread| Flame::new(&one, KIND, thread).total().value;
        prop_assert_eq!(total(Some("one")) + total(Some("two")), total(None));
    }
}
