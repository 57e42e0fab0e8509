//! Where a command reads a run from: a file, stdin, or the address that a browser shows for a run of a server.

use std::{
    fmt, fs,
    io::{self, Read},
    path::PathBuf,
    str::FromStr,
};

use anyhow::{Context, anyhow};
use heapgym_shared::Rejection;

use crate::json::NotRead;

mod fetch;
mod page;

pub(super) use page::{BadAddress, Page, Shows};

/// Where a command reads a run, a report or a specification from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// `-`
    Stdin,
    /// A file.
    File(PathBuf),
    /// A page of a server.
    Page(Page),
}

impl FromStr for Source {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        if text == "-" {
            return Ok(Self::Stdin);
        }
        match Page::parse(text)? {
            Some(page) => Ok(Self::Page(page)),
            None => Ok(Self::File(text.into())),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdin => f.write_str("-"),
            Self::File(path) => path.display().fmt(f),
            Self::Page(page) => page.fmt(f),
        }
    }
}

impl Source {
    /// The JSON documents behind it: the two runs of a comparison, one document of everything else.
    ///
    /// # Errors
    /// When one of them cannot be read, by its name.
    pub(super) fn documents(&self) -> anyhow::Result<Vec<Vec<u8>>> {
        let document = match self {
            Self::Stdin => {
                let mut bytes = Vec::new();
                io::stdin().lock().read_to_end(&mut bytes).context("cannot read stdin")?;
                bytes
            }
            Self::File(path) => fs::read(path).map_err(|error| self.unreadable(error))?,
            Self::Page(page) => {
                return page.run_addresses().iter().map(|address| fetch::document(address)).collect();
            }
        };
        Ok(vec![document])
    }

    /// The one JSON document behind it.
    ///
    /// # Errors
    /// When it cannot be read, or there are two.
    pub(super) fn document(&self) -> anyhow::Result<Vec<u8>> {
        if let Self::Page(Page { server, shows: Shows::Pair(a, b), .. }) = self {
            let allowed = format!("one of its runs, {server}/r/{a} or {server}/r/{b}");
            return Err(
                Rejection::new(self.to_string(), "is a comparison, which has two runs", allowed).into()
            );
        }
        Ok(self.documents()?.remove(0))
    }

    /// The JSON document of a comparison behind it.
    ///
    /// # Errors
    /// When it cannot be read, or is one run.
    pub(super) fn comparison(&self) -> anyhow::Result<Vec<u8>> {
        match self {
            Self::Page(Page { server, shows: Shows::Pair(a, b), .. }) => {
                fetch::document(&format!("{server}/api/compare/{a}..{b}"))
            }
            Self::Page(_) => {
                Err(Rejection::new(self.to_string(), "is one run", "two runs, or a comparison (/c/ID..ID)")
                    .into())
            }
            Self::Stdin | Self::File(_) => self.document(),
        }
    }

    /// The failure to read this as a JSON document: bad usage where the document does not belong there.
    pub(super) fn refuse(&self, why: NotRead) -> anyhow::Error {
        match why {
            NotRead::OtherKind { found, wanted } => {
                Rejection::new(self.to_string(), format!("is {found}"), wanted).into()
            }
            NotRead::Unknown(wanted) => {
                Rejection::new(self.to_string(), "is not a document of heapgym's", wanted).into()
            }
            why => anyhow!("`{self}` {why}"),
        }
    }

    fn unreadable(&self, error: io::Error) -> anyhow::Error {
        let hint =
            page::address_instead(&self.to_string()).filter(|_| error.kind() == io::ErrorKind::NotFound);
        match hint {
            Some(address) => {
                anyhow!("cannot read `{self}`: {error}; if it is the address of a run, write {address}")
            }
            None => anyhow!("cannot read `{self}`: {error}"),
        }
    }
}
