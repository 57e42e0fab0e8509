//! How to open the page of a server: the address for this machine, and what other machines need.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use heapgym_shared::Rejection;

use crate::web::{Authority, BasePath};

/// What to print for a server that was to listen on `asked` and listens on `bound`; they differ where the port asked for
/// is 0. The first line ends with an address that can be opened.
///
/// # Errors
/// When no browser could open the page: the server listens for other machines only, and has no name for them.
pub(super) fn describe(
    asked: SocketAddr,
    bound: SocketAddr,
    hosts: &[Authority],
    base: &BasePath,
) -> Result<String, Rejection> {
    let ip = match bound.ip().to_canonical() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    let port = bound.port();
    let address = Authority::of(ip, port);
    let first = if ip.is_loopback() || hosts.iter().any(|host| host.has_host_of(&address)) {
        SocketAddr::new(ip, port).to_string()
    } else if let Some(host) = hosts.first() {
        // No proxy can know a port that the kernel chooses.
        if asked.port() == 0 { host.at_port(port).to_string() } else { host.to_string() }
    } else {
        // The name allows any port; one that the kernel chose is another one after a restart.
        let name = if asked.port() == 0 { address.without_port() } else { address };
        return Err(Rejection::new(
            "--listen",
            format!("is {asked}, where no browser may open heapgym"),
            format!("a loopback address, or --host {name} beside it"),
        ));
    };
    let first = format!("heapgym on http://{first}{base}");
    Ok(if !hosts.is_empty() {
        format!("{first}\n{}", other_names(hosts, port))
    } else if bound.ip().to_canonical().is_unspecified() {
        let example = match asked.port() {
            0 => "NAME, and choose a port with --listen, or it changes with each start".to_owned(),
            port => format!("NAME:{port}"),
        };
        format!(
            "{first}\nOnly this machine can open it. For others, add --host with the name or address that their \
             browsers will show, such as --host {example}. Whoever can reach it there can start and delete runs."
        )
    } else {
        first
    })
}

/// What a server on this port says of the names that `--host` gives it. A name allows all ports, but only this one is
/// listened on.
fn other_names(hosts: &[Authority], port: u16) -> String {
    let is_elsewhere = |host: &Authority| *host != host.at_port(port) && *host != host.without_port();
    let here = |host: &Authority| if is_elsewhere(host) { host.without_port() } else { host.clone() };
    let names = list(hosts.iter().map(here));
    let elsewhere = list(hosts.iter().filter(|host| is_elsewhere(host)).cloned());
    let proxy = match elsewhere.as_str() {
        "" => String::new(),
        names => format!(" {names} needs a proxy there that passes requests on to port {port}."),
    };
    format!("It also answers to {names}. Whoever can reach it there can start and delete runs.{proxy}")
}

/// The names with commas between.
fn list(names: impl Iterator<Item = Authority>) -> String {
    let mut names: Vec<_> = names.map(|name| name.to_string()).collect();
    names.dedup();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bound: &str, hosts: &[&str]) -> String {
        let hosts: Vec<_> = hosts.iter().map(|host| host.parse().unwrap()).collect();
        let bound = bound.parse().unwrap();
        describe(bound, bound, &hosts, &BasePath::default()).unwrap()
    }

    /// What is said of a server whose port the kernel chose.
    fn with_port_0(bound: &str, hosts: &[&str]) -> Result<String, Rejection> {
        let hosts: Vec<_> = hosts.iter().map(|host| host.parse().unwrap()).collect();
        let bound: SocketAddr = bound.parse().unwrap();
        describe(SocketAddr::new(bound.ip(), 0), bound, &hosts, &BasePath::default())
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
            let address = bound.parse().unwrap();
            let refusal = describe(address, address, &[], &BasePath::default()).unwrap_err().to_string();
            assert!(refusal.contains(bound) && refusal.contains(flag), "{refusal}");
        }
    }

    #[test]
    fn a_port_that_the_kernel_chose_is_in_no_flag_to_type() {
        let refusal = with_port_0("10.0.0.5:41234", &[]).unwrap_err().to_string();
        assert!(
            refusal.contains("is 10.0.0.5:0,") && refusal.contains("--host 10.0.0.5 beside"),
            "{refusal}"
        );
        let lines = with_port_0("0.0.0.0:41234", &[]).unwrap();
        assert!(lines.contains("--host NAME, and choose a port with --listen"), "{lines}");
        let lines = with_port_0("10.0.0.5:41234", &["gym.example:8080"]).unwrap();
        assert!(lines.starts_with("heapgym on http://gym.example:41234\n"), "{lines}");
    }

    #[test]
    fn a_name_is_not_said_to_answer_on_a_port_that_nothing_listens_on() {
        let lines = lines("10.0.0.5:8080", &["10.0.0.5:9000", "gym.example", "gym.example:8080"]);
        assert!(lines.contains("It also answers to 10.0.0.5, gym.example, gym.example:8080. Who"), "{lines}");
        assert!(lines.ends_with(" 10.0.0.5:9000 needs a proxy there that passes requests on to port 8080."));
    }
}
