//! jemalloc's names, resolved once and then read and written without looking them up.

#![expect(unsafe_code, reason = "jemalloc's control calls are untyped; each block says why it is sound")]

use std::{fmt, marker::PhantomData, ptr};

use tikv_jemalloc_ctl::raw;

use crate::Error;

/// jemalloc's number for all arenas together (`MALLCTL_ARENAS_ALL`).
pub(super) const ALL_ARENAS: u32 = 4096;

/// Most parts of a name that is used here: `stats.arenas.4096.mutexes.decay_dirty.num_wait` has six.
const MOST_PARTS: usize = 6;

/// A type that jemalloc's names have, of which every pattern of bits that jemalloc writes is a value.
pub(crate) trait Scalar: Copy {}
impl Scalar for usize {}
impl Scalar for isize {}
impl Scalar for u64 {}
impl Scalar for u32 {}
impl Scalar for bool {}

/// A resolved name whose value is a `T`.
pub(crate) struct Mib<T> {
    parts: [usize; MOST_PARTS],
    length: usize,
    value: PhantomData<T>,
}

impl<T: Scalar> Mib<T> {
    /// Resolves `name`, such as `stats.allocated`.
    ///
    /// # Errors
    /// When jemalloc does not know it.
    pub(crate) fn new(name: &str) -> Result<Self, Error> {
        let mut parts = [0; MOST_PARTS];
        let length = name.split('.').count();
        let room = parts.get_mut(..length).ok_or(Error::Name)?;
        raw::name_to_mib(&terminated(name), room)?;
        Ok(Self { parts, length, value: PhantomData })
    }

    /// Its value now; statistics are those of the last epoch.
    ///
    /// # Errors
    /// When jemalloc refuses it, as it does when its type is not `T`.
    pub(crate) fn read(&self) -> Result<T, Error> {
        // SAFETY: jemalloc compares the size of the value with that of its own and refuses when they
        // differ (`READ` in src/ctl.c), and what it writes is a value of any `Scalar` of that size.
        Ok(unsafe { raw::read_mib(&self.parts[..self.length]) }?)
    }
}

impl<T> fmt::Debug for Mib<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Mib").field(&&self.parts[..self.length]).finish()
    }
}

/// The value of `name` now.
///
/// # Errors
/// When jemalloc does not know it, or its type is not `T`.
pub(super) fn read<T: Scalar>(name: &str) -> Result<T, Error> {
    Mib::new(name)?.read()
}

/// The value of `name`, which is a word such as `opt.thp`.
///
/// # Errors
/// When jemalloc does not know it.
pub(super) fn read_word(name: &'static [u8]) -> Result<String, Error> {
    // SAFETY: the names given here are of type `const char *` in jemalloc's manual, end in NUL, and point to
    // text that lives as long as the process.
    let word = unsafe { raw::read_str(name) }?;
    Ok(String::from_utf8_lossy(word.strip_suffix(b"\0").unwrap_or(word)).into_owned())
}

/// Sets `name`, which must be one that only changes how jemalloc works: none that gives memory back that
/// somebody holds.
///
/// # Errors
/// When jemalloc does not know it, its type is not `T`, or the value is out of its range.
pub(super) fn write<T: Scalar>(name: &str, value: T) -> Result<(), Error> {
    // SAFETY: jemalloc compares the sizes and refuses when they differ, and reads the value before it returns.
    Ok(unsafe { raw::write(&terminated(name), value) }?)
}

/// Does what `name` does: a name without a value, such as `arena.4096.purge`. The same holds as for [`write`].
///
/// # Errors
/// When jemalloc does not know it.
pub(super) fn perform(name: &str) -> Result<(), Error> {
    let name = terminated(name);
    // SAFETY: the name ends in NUL, and null pointers tell that no value is read or written.
    let refused = unsafe {
        tikv_jemalloc_sys::mallctl(name.as_ptr().cast(), ptr::null_mut(), ptr::null_mut(), ptr::null_mut(), 0)
    };
    match refused {
        0 => Ok(()),
        code => Err(Error::Io(std::io::Error::from_raw_os_error(code))),
    }
}

/// `name` as C reads it.
fn terminated(name: &str) -> Vec<u8> {
    [name.as_bytes(), &[0]].concat()
}
