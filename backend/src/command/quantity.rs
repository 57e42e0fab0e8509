//! Durations, sizes and numbers of flags, read as the page reads them, and addresses.

use std::{net::SocketAddr, ops::RangeInclusive, time::Duration};

use bytesize::ByteSize;
use heapgym_shared::{
    quantity::{self, Misread},
    unit::Unit,
};

/// Reads a duration such as `500ms`, `1.5 s` or `1m 30s`; a bare number is in seconds.
///
/// # Errors
/// What to write instead.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let milliseconds = |ms: f64| Duration::try_from_secs_f64(ms / 1e3).ok();
    let compound = || humantime::parse_duration(text).ok();
    read(Unit::Milliseconds, text, milliseconds, compound, "a duration, such as 500ms, 5s or 1m 30s")
}

/// Reads a size such as `64KiB`, `1.5 GB` or `1,000,000`.
///
/// # Errors
/// What to write instead.
pub(super) fn size(text: &str) -> Result<ByteSize, String> {
    let bytes = |bytes: f64| (bytes >= 0.0).then_some(ByteSize(bytes as u64));
    read(Unit::Bytes, text, bytes, || text.parse().ok(), "a size, such as 64KiB, 512MiB or 2GiB")
}

/// Reads a number per second such as `200`, `1,000` or `0.5/s`.
///
/// # Errors
/// What to write instead.
pub(super) fn rate(text: &str) -> Result<f64, String> {
    number_of(Unit::PerSecond, text)
}

/// Reads a number such as `100`, `1,000` or `1e3`.
///
/// # Errors
/// What to write instead.
pub(super) fn number(text: &str) -> Result<f64, String> {
    number_of(Unit::Count, text)
}

/// Reads a whole number in this range, such as `4` or `1,000`.
pub(super) fn whole<T: TryFrom<u64> + 'static>(
    range: RangeInclusive<u64>,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static {
    move |text: &str| {
        let whole = number(text).ok().filter(|number| number.fract() == 0.0 && *number >= 0.0);
        let read = whole.map(|number| number as u64).filter(|number| range.contains(number));
        read.and_then(|number| T::try_from(number).ok()).ok_or_else(|| {
            let [min, max] = [range.start(), range.end()].map(|end| Unit::Count.format(*end as f64));
            format!("allowed: a whole number from {min} to {max}")
        })
    }
}

/// Reads an IP address and a port, such as `127.0.0.1:8080` or `[::1]:8080`.
///
/// # Errors
/// What to write instead.
pub(super) fn socket_address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "write an IP address and a port, such as 127.0.0.1:8080".to_owned())
}

fn number_of(unit: Unit, text: &str) -> Result<f64, String> {
    let finite = |number: f64| number.is_finite().then_some(number);
    read(unit, text, finite, || text.parse().ok().and_then(finite), "a number, such as 100 or 1,000")
}

/// Reads a quantity as the page does. What the page does not read, and what cannot mean another number, is read by
/// `otherwise`.
fn read<T>(
    unit: Unit,
    text: &str,
    convert: impl FnOnce(f64) -> Option<T>,
    otherwise: impl FnOnce() -> Option<T>,
    example: &str,
) -> Result<T, String> {
    let read = match quantity::parse(unit, text) {
        Ok(number) => convert(number),
        Err(Misread::Other) => otherwise(),
        Err(why) => return Err(why.to_string()),
    };
    read.ok_or_else(|| format!("write {example}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_terminal_reads_what_the_page_reads() {
        assert_eq!(duration("4.35 s"), Ok(Duration::from_millis(4_350)));
        assert_eq!(duration("1,500ms"), Ok(Duration::from_millis(1_500)));
        assert_eq!(duration("20"), Ok(Duration::from_secs(20)));
        assert_eq!(duration("1m 30s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("10us"), Ok(Duration::from_micros(10)));
        assert_eq!(size("1.5 GiB"), Ok(ByteSize(3 << 29)));
        assert_eq!(size("1,024"), Ok(ByteSize(1_024)));
        assert_eq!((rate("1,000/s"), rate("0.5")), (Ok(1_000.0), Ok(0.5)));
        assert_eq!((number("1,000"), number("-1"), number("5e2")), (Ok(1_000.0), Ok(-1.0), Ok(500.0)));
    }

    #[test]
    fn what_could_mean_another_number_is_refused_with_what_to_write() {
        for (refused, instead) in [
            (duration("1,5s").err(), "write 1.5 with a point"),
            (duration("1 000 ms").err(), "write 1000 without"),
            (duration("-1").err(), "a duration, such as"),
            (duration("1e99").err(), "a duration, such as"),
            (size("0,5 GiB").err(), "write 0.5 with a point"),
            (size("-1").err(), "a size, such as"),
            (rate("10,0").err(), "write 10.0 with a point"),
            (number("\u{ff11}").err(), "the digits 0 to 9"),
            (number("inf").err(), "a number, such as"),
            (number("fast").err(), "a number, such as"),
        ] {
            let refused = refused.unwrap();
            assert!(refused.contains(instead), "{refused}");
        }
    }

    #[test]
    fn a_whole_number_out_of_range_is_refused_with_the_range() {
        let threads = whole::<usize>(1..=1024);
        assert_eq!((threads("1"), threads("1,024")), (Ok(1), Ok(1024)));
        for text in ["0", "1025", "-1", "1.5", "1,5", "x", "", "1e300"] {
            let refused = threads(text).unwrap_err();
            assert_eq!(refused, "allowed: a whole number from 1 to 1,024", "{text}");
        }
        assert!(whole::<u8>(0..=1024)("256").is_err(), "it does not fit");
    }

    #[test]
    fn an_address_without_a_port_is_refused_with_an_example() {
        assert_eq!(socket_address("[::1]:80").map(|address| address.port()), Ok(80));
        for text in ["0.0.0.0", "foo", "localhost:8080", ":8080", "8080", "::1", ""] {
            let refused = socket_address(text).unwrap_err();
            assert_eq!(refused, "write an IP address and a port, such as 127.0.0.1:8080", "{text}");
        }
    }
}
