//! A small disk that only the servers of one test see: a file system in memory, mounted in a namespace of its own.

use std::{
    fs::{self, OpenOptions},
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

/// The file that fills a disk.
const FILLER: &str = "filler";

/// A small disk, until it is dropped.
pub struct SmallDisk {
    /// Holds the namespace.
    holder: Child,
    mounted: TempDir,
}

impl SmallDisk {
    /// A disk of this size.
    pub fn new(bytes: u64) -> Self {
        super::needs_module("with_namespaces");
        let mounted = tempfile::tempdir().unwrap();
        let mut holder = Command::new("unshare")
            .args([
                "--mount",
                "sh",
                "-c",
                "mount -t tmpfs -o size=$1 none \"$0\" && echo mounted && exec cat",
            ])
            .arg(mounted.path())
            .arg(bytes.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("util-linux is installed");
        let mut line = String::new();
        BufReader::new(holder.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "mounted\n");
        Self { holder, mounted }
    }

    /// `heapgym` where the disk is mounted.
    pub fn heapgym(&self) -> Command {
        let mut command = Command::new("nsenter");
        command.arg(format!("--mount=/proc/{}/ns/mnt", self.holder.id()));
        command.arg(super::heapgym().get_program()).env_remove("RUST_LOG");
        command
    }

    /// The disk's directory, as its servers call it.
    pub fn directory(&self) -> PathBuf {
        self.mounted.path().to_owned()
    }

    /// Fills all the space that is free.
    pub fn fill(&self) {
        let path = self.seen_from_here(FILLER);
        let mut filler = OpenOptions::new().create(true).append(true).open(path).unwrap();
        for size in [64 << 10, 4 << 10, 1] {
            while filler.write_all(&vec![0; size]).is_ok() {}
        }
    }

    /// Frees what [`Self::fill`] has filled.
    pub fn free(&self) {
        fs::remove_file(self.seen_from_here(FILLER)).unwrap();
    }

    fn seen_from_here(&self, name: &str) -> PathBuf {
        let inside = self.mounted.path().strip_prefix("/").unwrap();
        PathBuf::from(format!("/proc/{}/root", self.holder.id())).join(inside).join(name)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}
