//! The memory cgroups of this process (v1 and v2), which a container sets: where they are, their limits, kernel kills.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The memory cgroups of this process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Container {
    /// Each with its parents up to the mount, the inmost first.
    hierarchies: Vec<Vec<PathBuf>>,
}

impl Container {
    /// The cgroups that this process is in now.
    pub(crate) fn current() -> Self {
        let (mounts, own) = mounts_and_own();
        Self::parse(&mounts, &own)
    }

    fn parse(mounts: &str, own: &str) -> Self {
        let hierarchies = mounts.lines().filter_map(Mount::parse).filter_map(|mount| mount.directories(own));
        Self { hierarchies: hierarchies.collect() }
    }

    /// The lowest limit of them and their parents, in bytes; `None` without a limit.
    pub(crate) fn limit_bytes(&self) -> Option<u64> {
        let limit = |directory: &PathBuf| {
            let read = |file| fs::read_to_string(directory.join(file)).ok();
            parse_limit(&read("memory.max").or_else(|| read("memory.limit_in_bytes"))?)
        };
        self.hierarchies.iter().flatten().filter_map(limit).min()
    }

    /// How many of their processes the kernel has killed because memory ran out.
    pub(crate) fn oom_kills(&self) -> u64 {
        let count = |directory: &PathBuf| {
            let read = |file| fs::read_to_string(directory.join(file)).ok();
            parse_oom_kills(&read("memory.events").or_else(|| read("memory.oom_control"))?)
        };
        // The kernel counts a kill in the victim's own cgroup, also when the limit is a parent's.
        self.hierarchies.iter().filter_map(|directories| directories.first()).filter_map(count).sum()
    }
}

/// The directory of this process's own cgroup v2; `None` where no cgroup v2 is mounted.
pub(super) fn own_v2() -> Option<PathBuf> {
    let (mounts, own) = mounts_and_own();
    parse_v2(&mounts, &own)
}

fn parse_v2(mounts: &str, own: &str) -> Option<PathBuf> {
    let mount = mounts.lines().filter_map(Mount::parse).find(|mount| mount.is_v2)?;
    mount.directories(own)?.into_iter().next()
}

/// `/proc/self/mountinfo` and `/proc/self/cgroup`; empty where there are no such files.
fn mounts_and_own() -> (String, String) {
    let read = |file| fs::read_to_string(file).unwrap_or_default();
    (read("/proc/self/mountinfo"), read("/proc/self/cgroup"))
}

/// A line of `/proc/self/mountinfo` that mounts memory cgroups.
struct Mount<'a> {
    /// The part of the hierarchy that is mounted.
    root: &'a str,
    point: &'a str,
    is_v2: bool,
}

impl<'a> Mount<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (place, kind) = line.split_once(" - ")?;
        let mut place = place.split(' ').skip(3);
        let (root, point) = (place.next()?, place.next()?);
        let mut kind = kind.split(' ');
        match kind.next()? {
            "cgroup2" => Some(Self { root, point, is_v2: true }),
            "cgroup" if kind.nth(1)?.split(',').any(|option| option == "memory") => {
                Some(Self { root, point, is_v2: false })
            }
            _ => None,
        }
    }

    /// The cgroup of the process with this `/proc/self/cgroup`, and its parents.
    fn directories(&self, own: &str) -> Option<Vec<PathBuf>> {
        let path = own.lines().find_map(|line| {
            let (_, line) = line.split_once(':')?;
            let (controllers, path) = line.split_once(':')?;
            let is_it = match self.is_v2 {
                true => controllers.is_empty(),
                false => controllers.split(',').any(|controller| controller == "memory"),
            };
            is_it.then_some(path)
        })?;
        // In a container without a cgroup namespace, the path is the host's and only a part of it is mounted.
        let below = Path::new(path).strip_prefix(self.root).unwrap_or(Path::new(""));
        Some(below.ancestors().map(|below| Path::new(self.point).join(below)).collect())
    }
}

/// The content of `memory.max` or `memory.limit_in_bytes`. The latter has a huge number instead of `max`.
fn parse_limit(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}

/// The count in `memory.events` or `memory.oom_control`.
pub(super) fn parse_oom_kills(text: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix("oom_kill "))?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const V1: &str = "36 32 0:30 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory";
    const V2: &str = "42 31 0:27 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate";

    fn directories(mounts: &str, own: &str) -> Vec<Vec<PathBuf>> {
        Container::parse(mounts, own).hierarchies
    }

    fn paths(paths: &[&str]) -> Vec<PathBuf> {
        paths.iter().map(PathBuf::from).collect()
    }

    #[test]
    fn the_own_cgroup_and_its_parents_are_found_in_both_versions() {
        let expect =
            paths(&["/sys/fs/cgroup/memory/a/b", "/sys/fs/cgroup/memory/a", "/sys/fs/cgroup/memory/"]);
        assert_eq!(directories(V1, "5:cpu:/x\n4:memory:/a/b\n0::/c\n"), [expect]);
        let expect = paths(&["/sys/fs/cgroup/user.slice", "/sys/fs/cgroup/"]);
        assert_eq!(directories(V2, "0::/user.slice\n"), [expect]);
        let both = directories(&format!("{V1}\n{V2}\n"), "4:hugetlb,memory:/a\n0::/c\n");
        assert_eq!(
            both.iter().map(|found| found[0].to_str().unwrap()).collect::<Vec<_>>(),
            ["/sys/fs/cgroup/memory/a", "/sys/fs/cgroup/c"]
        );
    }

    #[test]
    fn the_own_cgroup_v2_is_found_below_its_mount() {
        let unified = V2.replace("/sys/fs/cgroup", "/sys/fs/cgroup/unified");
        let mounts = format!("22 1 0:21 / /proc rw - proc proc rw\n{V1}\n{unified}\n");
        let own = "5:memory:/a\n0::/user.slice/app.scope\n";
        let expect = PathBuf::from("/sys/fs/cgroup/unified/user.slice/app.scope");
        assert_eq!(parse_v2(&mounts, own), Some(expect));
        assert_eq!(parse_v2("", own), None);
        assert_eq!(parse_v2(V1, own), None);
        assert_eq!(parse_v2(&mounts, "5:memory:/a\n"), None);
    }

    #[test]
    fn a_container_without_a_namespace_of_its_own_sees_its_part_only() {
        let mount = V1.replace("0:30 / ", "0:30 /docker/1 ");
        assert_eq!(directories(&mount, "4:memory:/docker/1\n"), [paths(&["/sys/fs/cgroup/memory/"])]);
        assert_eq!(directories(&mount, "4:memory:/docker/1/a\n")[0][0], Path::new("/sys/fs/cgroup/memory/a"));
    }

    #[test]
    fn other_mounts_and_no_mounts_have_no_memory_cgroup() {
        for mounts in ["", "22 1 0:21 / /proc rw - proc proc rw", &V1.replace(",memory", ",cpu")] {
            assert!(directories(mounts, "4:memory:/a\n0::/\n").is_empty(), "{mounts}");
        }
        assert_eq!(Container::default().limit_bytes(), None);
        assert_eq!(Container::default().oom_kills(), 0);
    }

    #[test]
    fn limits_and_kills_are_read_from_the_files_of_both_versions() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let container = Container { hierarchies: vec![vec![inner.clone(), folder.path().to_owned()]] };
        fs::write(inner.join("memory.max"), "max\n").unwrap();
        assert_eq!(container.limit_bytes(), None);
        fs::write(folder.path().join("memory.max"), "157286400\n").unwrap();
        assert_eq!(container.limit_bytes(), Some(150 << 20), "a parent's limit counts");
        fs::remove_file(inner.join("memory.max")).unwrap();
        fs::write(inner.join("memory.limit_in_bytes"), "104857600\n").unwrap();
        assert_eq!(container.limit_bytes(), Some(100 << 20));

        fs::write(inner.join("memory.oom_control"), "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n").unwrap();
        assert_eq!(container.oom_kills(), 3);
        fs::write(inner.join("memory.events"), "max 12\noom 3\noom_kill 2\noom_group_kill 1\n").unwrap();
        assert_eq!(container.oom_kills(), 2);
    }
}
