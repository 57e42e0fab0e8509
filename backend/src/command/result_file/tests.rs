//! What is behind a name decides how a result gets there.

use std::{os::unix::fs::symlink, thread};

use nix::{sys::stat::Mode, unistd::mkfifo};
use tempfile::TempDir;

use super::*;

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    ResultFile::open("--json", path)?.write(|out| Ok(out.write_all(text.as_bytes())?))
}

/// The only file of a folder.
#[track_caller]
fn assert_only(folder: &Path, name: &str, text: &str) {
    let names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, [name]);
    assert_eq!(fs::read_to_string(folder.join(name)).unwrap(), text);
}

#[test]
fn a_result_takes_the_place_of_an_earlier_one() {
    let folder = folder();
    let path = folder.path().join("a.json");
    write(&path, "a long first result").unwrap();
    write(&path, "short").unwrap();
    assert_only(folder.path(), "a.json", "short");
}

#[test]
fn a_result_that_fails_leaves_the_earlier_one() {
    let folder = folder();
    let path = folder.path().join("a.json");
    write(&path, "earlier").unwrap();
    let failed = ResultFile::open("--json", &path).unwrap().write(|out| {
        out.write_all(&[b'x'; 100_000])?;
        anyhow::bail!("no more")
    });
    assert_eq!(
        format!("{:#}", failed.unwrap_err()),
        format!("--json: cannot write `{}`: no more", path.display())
    );
    assert_only(folder.path(), "a.json", "earlier");
}

#[test]
fn opening_changes_nothing() {
    let folder = folder();
    let path = folder.path().join("a.json");
    drop(ResultFile::open("--json", &path).unwrap());
    assert!(!path.exists());
    fs::write(&path, "earlier").unwrap();
    drop(ResultFile::open("--json", &path).unwrap());
    assert_only(folder.path(), "a.json", "earlier");
}

#[test]
fn links_stay_and_their_target_is_written() {
    let (folder, other) = (folder(), self::folder());
    let link = folder.path().join("link");
    symlink(other.path().join("target"), folder.path().join("second")).unwrap();
    symlink("second", &link).unwrap();
    for text in ["to a target that is not there", "to one that is"] {
        write(&link, text).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_only(other.path(), "target", text);
    }
    symlink("round", folder.path().join("round")).unwrap();
    assert!(write(&folder.path().join("round"), "x").is_err());
}

#[test]
fn the_mode_of_an_earlier_file_stays() {
    let folder = folder();
    let path = folder.path().join("a.json");
    write(&path, "by umask").unwrap();
    let plain = folder.path().join("plain");
    File::create(&plain).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o7777;
    assert_eq!(mode(&path), mode(&plain));
    fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
    write(&path, "as it was").unwrap();
    assert_eq!(mode(&path), 0o640);
}

#[test]
fn pipes_and_devices_are_written_directly() {
    write(Path::new("/dev/null"), "x").unwrap();
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
    let full = write(Path::new("/dev/full"), "x");
    assert!(format!("{:#}", full.unwrap_err()).contains("No space left"));

    let folder = folder();
    let pipe = folder.path().join("pipe");
    mkfifo(&pipe, Mode::S_IRWXU).unwrap();
    let reader = thread::spawn({
        let pipe = pipe.clone();
        move || fs::read_to_string(pipe).unwrap()
    });
    write(&pipe, "through the pipe").unwrap();
    assert_eq!(reader.join().unwrap(), "through the pipe");
}

#[test]
fn an_open_descriptor_is_appended_to() {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"earlier, ").unwrap();
    let path = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&file));
    write(Path::new(&path), "then the result").unwrap();
    file.rewind().unwrap();
    assert_eq!(io::read_to_string(file).unwrap(), "earlier, then the result");
}

#[test]
fn a_file_written_in_place_ends_with_the_result() {
    let folder = folder();
    let path = folder.path().join("a.json");
    fs::write(&path, "a longer earlier result").unwrap();
    write_in_place(OpenOptions::new().write(true).open(&path).unwrap(), |out| Ok(out.write_all(b"short")?))
        .unwrap();
    assert_only(folder.path(), "a.json", "short");
}

#[test]
fn what_cannot_be_written_is_refused_when_it_is_opened() {
    let folder = folder();
    for path in [folder.path().to_owned(), folder.path().join("none/a.json"), "".into(), "/".into()] {
        let refused = ResultFile::open("--save", &path).unwrap_err();
        assert!(format!("{refused:#}").starts_with("--save: cannot write `"), "{refused:#}");
    }
}
