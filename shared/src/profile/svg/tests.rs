//! Documents as a whole, and what must not break them.

use super::*;
use crate::profile::Stack;

const MIB: u64 = 1 << 20;

fn profile(stacks: &[(&[&str], u64)]) -> Profile {
    let mut profile = Profile { sample_bytes: 512 << 10, ..Default::default() };
    for (path, bytes) in stacks {
        let mut index = |name: &&str| {
            let known = profile.functions.iter().position(|known| known == name);
            known.unwrap_or_else(|| {
                profile.functions.push((*name).to_owned());
                profile.functions.len() - 1
            }) as u32
        };
        let frames = path.iter().map(&mut index).collect();
        profile.stacks.push(Stack { frames, thread: None, values: [*bytes; 4] });
    }
    profile
}

fn naive() -> Profile {
    let respond = "heapgym::target::workload::products::naive::Naive::respond";
    profile(&[
        (&["main", "tokio::runtime::task::raw::poll", respond, "serde_json::ser::to_vec"], 96 * MIB),
        (
            &[
                "main",
                "tokio::runtime::task::raw::poll",
                respond,
                "<heapgym::Record as core::fmt::Display>::fmt",
            ],
            24 * MIB,
        ),
        (&["main", "tokio::runtime::task::raw::poll", "hyper::proto::h1::Conn<I,B,T>::write_head"], 8 * MIB),
        (&["main", "std::thread::spawn"], 1024),
    ])
}

fn pooled() -> Profile {
    let respond = "heapgym::target::workload::products::pooled::Pooled::respond";
    profile(&[
        (&["main", "tokio::runtime::task::raw::poll", respond, "heapgym::target::pool::Pool::take"], 6 * MIB),
        (&["main", "tokio::runtime::task::raw::poll", "hyper::proto::h1::Conn<I,B,T>::write_head"], 9 * MIB),
    ])
}

fn options(theme: Theme, width: u32) -> FlameOptions {
    let (title, variant, base) = ("products, pooled".to_owned(), "pooled".to_owned(), "naive".to_owned());
    FlameOptions {
        sample_type: SampleType::AllocSpace,
        theme,
        width,
        title,
        variant,
        base,
        ..Default::default()
    }
}

#[test]
fn pictures_stay_as_they_are() {
    for (size, width) in [("wide", 1000), ("narrow", 360)] {
        for theme in [Theme::Light, Theme::Dark] {
            let name = |what: &str| format!("{what}_{size}_{theme:?}").to_lowercase();
            let alone = flame_svg(
                &naive(),
                None,
                &FlameOptions {
                    variant: "naive".to_owned(),
                    title: "products, naive".to_owned(),
                    ..options(theme, width)
                },
            );
            insta::assert_snapshot!(name("flame"), alone);
            let both = flame_svg(&pooled(), Some(&naive()), &options(theme, width));
            insta::assert_snapshot!(name("difference"), both);
        }
    }
}

#[test]
fn no_name_breaks_the_document() {
    let evil = "</title><script>alert(1)</script>&\"'\0\n\u{FFFE}".repeat(60);
    let evil = profile(&[(&[&evil, &evil], 5 * MIB)]);
    let hostile =
        FlameOptions { title: "<t>\0".to_owned(), base: "<b>&\0".to_owned(), ..options(Theme::Light, 400) };
    for base in [None, Some(&evil)] {
        let text = flame_svg(&evil, base, &hostile);
        assert!(!text.contains("<script") && !text.contains("<t>") && !text.contains("<b>"));
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()) && !text.contains('\u{FFFE}'));
        assert!(text.contains("&lt;/title&gt;&lt;script&gt;alert(1)"));
        let (opened, closed) = (text.matches("<svg").count(), text.matches("</svg>").count());
        assert_eq!((opened, closed), (3, 3), "the document, and two frames");
        let entity = |after: &str| ["amp;", "lt;", "gt;", "quot;"].iter().any(|name| after.starts_with(name));
        assert!(text.split('&').skip(1).all(entity));
    }
}

#[test]
fn deep_stacks_are_drawn_to_their_end() {
    let path = vec!["recursive::walk"; 200];
    let all = FlameOptions { calls: Calls::All, ..options(Theme::Dark, 600) };
    let text = flame_svg(&profile(&[(&path, MIB)]), None, &all);
    assert_eq!(text.matches("<rect").count(), 1 + 201);
    assert!(text.contains("height=\"3702\""), "{}", &text[..200]);
}

#[test]
fn nothing_is_said_to_be_nothing() {
    let empty = Profile::default();
    let text = flame_svg(&empty, None, &options(Theme::Light, 400));
    assert!(text.contains(">Nothing was sampled.</text>"));
    assert_eq!(text.matches("<rect").count(), 1);
    let text = flame_svg(&empty, Some(&empty), &options(Theme::Light, 800));
    assert!(text.contains("Neither profile has anything of this kind."));
}

#[test]
fn frames_too_narrow_to_see_are_counted() {
    let text = flame_svg(&naive(), None, &options(Theme::Light, 400));
    assert!(text.contains("1 frame is too narrow to draw."), "{text}");
}

#[test]
fn one_thread_is_drawn_alone() {
    let mut threaded = naive();
    threaded.threads = vec!["worker".to_owned(), "main".to_owned()];
    threaded.stacks[0].thread = Some(0);
    let of = |thread: &str| FlameOptions { thread: Some(thread.to_owned()), ..options(Theme::Light, 0) };
    let text = flame_svg(&threaded, None, &of("worker"));
    assert!(text.contains("<title>Allocated bytes: products, pooled, thread worker</title>"));
    assert!(text.contains(">96 MiB in all."));
    assert!(flame_svg(&threaded, None, &of("nobody")).contains("Nothing was sampled."));
}
