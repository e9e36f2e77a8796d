//! Versions of the protocol.

use crate::tag;
use crate::ttlv::Structure;
use crate::writer::Writer;
use std::fmt;

/// A version of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// In front of the dot.
    pub major: u8,
    /// Behind it.
    pub minor: u8,
}

/// The first whose Encrypt takes additional data and returns a tag.
pub const V1_4: Version = Version { major: 1, minor: 4 };
/// Attributes are items of their own.
pub const V2_0: Version = Version { major: 2, minor: 0 };
/// As 2.0 in everything that is asked here.
pub const V2_1: Version = Version { major: 2, minor: 1 };

impl Version {
    /// Whether attributes are items of their own, and not named in text.
    pub(crate) fn has_attribute_items(self) -> bool {
        self.major >= 2
    }

    pub(crate) fn write(self, writer: &mut Writer) {
        writer.structure(tag::PROTOCOL_VERSION, |writer| {
            writer.integer(tag::PROTOCOL_VERSION_MAJOR, self.major.into());
            writer.integer(tag::PROTOCOL_VERSION_MINOR, self.minor.into());
        });
    }

    /// `None` for one that cannot be.
    pub(crate) fn read(structure: Structure<'_>) -> Option<Self> {
        let number = |tag| u8::try_from(structure.integer(tag)?).ok();
        Some(Self {
            major: number(tag::PROTOCOL_VERSION_MAJOR)?,
            minor: number(tag::PROTOCOL_VERSION_MINOR)?,
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}
