//! Known answers, read back by the program itself.

use serde_json::Value;

use crate::support::heapgym;

#[test]
fn what_is_known_is_read_back_over_orders_of_magnitude() {
    let output = heapgym().args(["calibrate", "--json", "-"]).output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    let found: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {words}"));
    assert!(words.contains("setting 5 of 5: "), "it tells how it goes on: {words}");

    let settings = found["settings"].as_array().unwrap();
    assert_eq!(settings.len(), 5);
    let mut within = true;
    for setting in settings {
        let asked = |name: &str| setting["asked"][name].as_f64().unwrap();
        let kept = asked("leak_bytes");
        let expected = [
            ("bytes", asked("bytes") + kept, Some(0.001)),
            ("allocations", asked("allocations") + f64::from(u8::from(kept > 0.0)), Some(0.001)),
            ("leak", kept, Some(0.02)),
            ("delay", asked("delay_ms") * 1e6, None),
        ];
        let readings = setting["readings"].as_array().unwrap();
        assert_eq!(readings.len(), expected.len());
        for ((figure, asked, share), reading) in expected.into_iter().zip(readings) {
            let measured = reading["measured"].as_f64().unwrap();
            assert_eq!((&reading["figure"], &reading["asked"]), (&figure.into(), &asked.into()));
            match share {
                // Of nothing there is no share: less than a byte is none.
                Some(share) => {
                    let bound = if asked == 0.0 { 1.0 } else { share * asked };
                    assert!((measured - asked).abs() <= bound, "{setting}");
                }
                // Beside the quickest request of a run without it, of which this machine may have none.
                None => assert!(measured > asked - 1e6, "{setting}"),
            }
            within &= reading["within"].as_bool().unwrap();
        }
    }
    assert!(found["nothing"]["allocations"].as_f64().unwrap() > 0.0, "the framework needs some: {found}");
    assert_eq!(found["within"], within);
    assert_eq!(output.status.code(), Some(if within { 0 } else { 99 }), "{words}");
    assert!(found["environment"]["allocator"].as_str().unwrap().starts_with("jemalloc 5."), "{found}");
}

#[test]
fn a_place_that_cannot_be_written_to_is_told_before_the_first_run() {
    let output = heapgym().args(["calibrate", "--json", "/no/such/directory/found.json"]).output().unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(words.contains("cannot write") && !words.contains("setting 1"), "{words}");
}
