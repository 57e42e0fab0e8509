//! Dumps that are whole, cut, and no dumps at all.

use proptest::prelude::*;

use super::*;

const DUMP: &str = "heap_v2/524288
  t*: 4: 4194304 [9: 9437184]
  t0: 1: 1048576 [1: 1048576] main
  t7: 2: 2097152 [5: 5242880] worker
  t9: 1: 1048576 [3: 3145728] worker
@ 0x561000 0x562000 0x7f0010
  t*: 3: 3145728 [8: 8388608]
  t7: 2: 2097152 [5: 5242880]
  t9: 1: 1048576 [3: 3145728]
@ 0x563000
  t*: 1: 1048576 [1: 1048576]
  t3: 1: 1048576 [1: 1048576]

MAPPED_LIBRARIES:
561000-565000 r-xp 00001000 fd:00 42                         /opt/a program
565000-566000 rw-p 00000000 00:00 0
7f0000-7f1000 r--p 00000000 fd:00 7                          /usr/lib/libc.so.6
";

/// What a mebibyte in one object stands for: one that is sampled with the probability 1 - 1/e^2.
const ONE: f64 = 1.0 / 0.864_664_716_763_387_3;

#[test]
fn stacks_threads_and_files_are_read() {
    let dump = Dump::parse(DUMP).unwrap();
    assert_eq!(
        (dump.sample_bytes, dump.threads.as_slice()),
        (524_288, &["main".into(), "worker".into()][..])
    );
    let [worker, nameless] = &dump.rows[..] else { panic!("{:?}", dump.rows) };
    assert_eq!((&worker.addresses[..], worker.thread), (&[0x561000, 0x562000, 0x7f0010][..], Some(1)));
    assert_eq!((&nameless.addresses[..], nameless.thread), (&[0x563000][..], None), "t3 is in no list");
    let mib = |count: f64| (count * ONE * f64::from(1 << 20)).round() as i64;
    let [inuse_bytes, inuse_objects, alloc_bytes, alloc_objects] = worker.values;
    assert!((inuse_bytes - mib(3.0)).abs() <= 1 && (alloc_bytes - mib(8.0)).abs() <= 1, "{worker:?}");
    assert_eq!((inuse_objects, alloc_objects), (3, 9), "3.46 and 9.25, by thread");
    let [program, libc] = &dump.mappings[..] else { panic!("{:?}", dump.mappings) };
    assert_eq!((program.start, program.end, program.offset), (0x561000, 0x565000, 0x1000));
    assert_eq!((program.path.as_str(), libc.path.as_str()), ("/opt/a program", "/usr/lib/libc.so.6"));
}

#[test]
fn small_allocations_stand_for_many_and_large_ones_for_themselves() {
    // A sampled box of 64 bytes stands for 8,192 of them: half a mebibyte.
    let (objects, bytes) = scale(1, 64, 524_288);
    assert!((objects - 8192).abs() <= 1 && (bytes - 524_320).abs() <= 1, "{objects} {bytes}");
    assert_eq!(scale(1, 64 << 20, 524_288), (1, 64 << 20));
    assert_eq!(scale(0, 0, 524_288), (0, 0));
    assert_eq!(scale(u64::MAX, u64::MAX, 1 << 30), (i64::MAX, i64::MAX));
}

#[test]
fn a_difference_counts_what_was_freed_below_zero() {
    let before = Dump::parse(DUMP).unwrap();
    let freed = DUMP.replace("t7: 2: 2097152 [5: 5242880]\n", "t7: 0: 0 [6: 6291456]\n");
    let difference = Dump::parse(&freed).unwrap().since(&before);
    let [row] = &difference.rows[..] else { panic!("{difference:?}") };
    let mib = (ONE * f64::from(1 << 20)).round() as i64;
    assert!((row.values[0] + 2 * mib).abs() <= 1 && (row.values[2] - mib).abs() <= 1, "{row:?}");
    assert_eq!(before.clone().since(&before).rows, []);
}

#[test]
fn what_is_no_dump_is_refused_by_its_line() {
    assert_eq!(Dump::parse(""), Err(DumpError::Header));
    assert_eq!(Dump::parse("heap_v2/0\n"), Err(DumpError::Header));
    assert_eq!(Dump::parse("heap profile: 1: 2 [3: 4] @ heapprofile"), Err(DumpError::Header));
    assert_eq!(Dump::parse("heap_v2/1\n  t*: 1: 2 [3: x]\n"), Err(DumpError::Line(2)));
    assert_eq!(Dump::parse("heap_v2/1\n  t*: 1: 2 [3: 4]\n@ 0x1 2\n"), Err(DumpError::Line(3)));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,200}") {
        let _ = Dump::parse(&text);
        let _ = Dump::parse(&format!("heap_v2/4096\n{text}"));
        let _ = mapping(&text);
    }

    #[test]
    fn a_dump_that_is_cut_or_garbled_does_not_make_it_panic(
        at in 0..DUMP.len(), to in 0..DUMP.len(), noise in "[ -~\n]{0,5}",
    ) {
        let _ = Dump::parse(&DUMP[..at]);
        let (from, to) = (at.min(to), at.max(to));
        let garbled = format!("{}{noise}{}", &DUMP[..from], &DUMP[to..]);
        if let (Ok(dump), Ok(whole)) = (Dump::parse(&garbled), Dump::parse(DUMP)) {
            let _ = dump.since(&whole);
        }
    }
}
