//! How to open the page of a server: the address for this machine, and what other machines need.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use heapgym_shared::Rejection;

use crate::web::Authority;

/// What to print for a server that listens on `bound`. The first line ends with an address that can be opened.
///
/// # Errors
/// When no browser could open the page: the server listens for other machines only, and has no name for them.
pub(super) fn describe(bound: SocketAddr, hosts: &[Authority]) -> Result<String, Rejection> {
    let ip = match bound.ip().to_canonical() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    let here = SocketAddr::new(ip, bound.port());
    let address = Authority::of(ip, bound.port());
    let first = if ip.is_loopback() || hosts.iter().any(|host| host.has_host_of(&address)) {
        here.to_string()
    } else if let Some(host) = hosts.first() {
        host.to_string()
    } else {
        let allowed = format!("a loopback address, or --host {address} beside it");
        return Err(Rejection::new(
            "--listen",
            format!("is {bound}, where no browser may open heapgym"),
            allowed,
        ));
    };
    let first = format!("heapgym on http://{first}");
    Ok(if !hosts.is_empty() {
        let names: Vec<_> = hosts.iter().map(Authority::to_string).collect();
        let names = names.join(", ");
        format!("{first}\nIt also answers to {names}. Whoever can reach it there can start and delete runs.")
    } else if bound.ip().to_canonical().is_unspecified() {
        let port = bound.port();
        format!(
            "{first}\nOnly this machine can open it. For others, add --host with the name or address that their \
             browsers will show, such as --host NAME:{port}. Whoever can reach it there can start and delete runs."
        )
    } else {
        first
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bound: &str, hosts: &[&str]) -> String {
        let hosts: Vec<_> = hosts.iter().map(|host| host.parse().unwrap()).collect();
        describe(bound.parse().unwrap(), &hosts).unwrap()
    }

    #[test]
    fn the_first_line_is_an_address_that_can_be_opened() {
        for (bound, hosts, expect) in [
            ("127.0.0.1:8080", &[][..], "http://127.0.0.1:8080"),
            ("127.0.0.2:8080", &[], "http://127.0.0.2:8080"),
            ("127.0.0.1:80", &[], "http://127.0.0.1:80"),
            ("[::1]:8080", &[], "http://[::1]:8080"),
            ("0.0.0.0:8080", &[], "http://127.0.0.1:8080"),
            ("[::]:8080", &[], "http://[::1]:8080"),
            ("[::ffff:0.0.0.0]:8080", &[], "http://127.0.0.1:8080"),
            ("0.0.0.0:8080", &["gym.example"], "http://127.0.0.1:8080"),
            ("10.0.0.5:8080", &["10.0.0.5"], "http://10.0.0.5:8080"),
            ("10.0.0.5:8080", &["gym.example", "10.0.0.5:8080"], "http://10.0.0.5:8080"),
            ("10.0.0.5:8080", &["gym.example:9000"], "http://gym.example:9000"),
        ] {
            let lines = lines(bound, hosts);
            assert_eq!(lines.lines().next(), Some(&*format!("heapgym on {expect}")), "{bound} {hosts:?}");
        }
    }

    #[test]
    fn what_other_machines_need_and_can_do_is_said() {
        assert_eq!(lines("127.0.0.1:8080", &[]).lines().count(), 1);
        for bound in ["0.0.0.0:8080", "[::]:8080"] {
            let lines = lines(bound, &[]);
            assert!(
                lines.contains("--host NAME:8080") && lines.contains("can start and delete runs"),
                "{lines}"
            );
        }
        let lines = lines("0.0.0.0:8080", &["GYM.example:443", "10.0.0.5:8080"]);
        assert!(lines.contains("It also answers to gym.example, 10.0.0.5:8080. Whoever"), "{lines}");
    }

    #[test]
    fn an_address_that_nobody_could_open_is_refused_with_the_flag_that_is_missing() {
        for (bound, flag) in [("10.0.0.5:8080", "--host 10.0.0.5:8080"), ("[fe80::1]:80", "--host [fe80::1]")]
        {
            let refusal = describe(bound.parse().unwrap(), &[]).unwrap_err().to_string();
            assert!(refusal.contains(bound) && refusal.contains(flag), "{refusal}");
        }
    }
}
