//! Reads TTLV: a tag of 3 bytes, a type, a length of 4 bytes, a value, and padding to a
//! multiple of 8 bytes.

use crate::answer::Fault;

/// Structures within structures, at the most. Messages of KMIP have 6.
const DEPTH: usize = 8;

/// A structure all of whose content has been checked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Structure<'m>(&'m [u8]);

/// One item of a structure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item<'m> {
    pub(crate) tag: u32,
    pub(crate) value: Value<'m>,
}

/// What an item has, by its type.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'m> {
    Structure(Structure<'m>),
    Integer(i32),
    Enumeration(u32),
    /// Perhaps not UTF-8.
    Text(&'m [u8]),
    Bytes(&'m [u8]),
    /// Seconds since 1970.
    DateTime(i64),
    /// Of a type that is not used here, or not known.
    Other,
}

impl<'m> Structure<'m> {
    /// The content of a structure, all of it checked.
    pub(crate) fn parse(content: &'m [u8]) -> Result<Self, Fault> {
        check(content, DEPTH)?;
        Ok(Self(content))
    }

    /// Its items in order.
    pub(crate) fn items(self) -> impl Iterator<Item = Item<'m>> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let (item, behind) = split(rest).ok()?;
            rest = behind;
            Some(item)
        })
    }

    /// The values of all items of this tag.
    pub(crate) fn all(self, tag: u32) -> impl Iterator<Item = Value<'m>> {
        let items = self.items().filter(move |item| item.tag == tag);
        items.map(|item| item.value)
    }

    pub(crate) fn structures(self, tag: u32) -> impl Iterator<Item = Self> {
        self.all(tag).filter_map(Value::structure)
    }

    /// The first item of this tag, if it is of this type.
    pub(crate) fn integer(self, tag: u32) -> Option<i32> {
        self.all(tag).next()?.integer()
    }

    pub(crate) fn enumeration(self, tag: u32) -> Option<u32> {
        self.all(tag).next()?.enumeration()
    }

    pub(crate) fn text(self, tag: u32) -> Option<&'m str> {
        self.all(tag).next()?.text()
    }

    pub(crate) fn bytes(self, tag: u32) -> Option<&'m [u8]> {
        self.all(tag).next()?.bytes()
    }

    pub(crate) fn structure(self, tag: u32) -> Option<Self> {
        self.all(tag).next()?.structure()
    }
}

impl<'m> Value<'m> {
    pub(crate) fn structure(self) -> Option<Structure<'m>> {
        match self {
            Self::Structure(structure) => Some(structure),
            _ => None,
        }
    }

    pub(crate) fn integer(self) -> Option<i32> {
        match self {
            Self::Integer(number) => Some(number),
            _ => None,
        }
    }

    pub(crate) fn enumeration(self) -> Option<u32> {
        match self {
            Self::Enumeration(number) => Some(number),
            _ => None,
        }
    }

    pub(crate) fn text(self) -> Option<&'m str> {
        match self {
            Self::Text(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    pub(crate) fn bytes(self) -> Option<&'m [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub(crate) fn date_time(self) -> Option<i64> {
        match self {
            Self::DateTime(seconds) => Some(seconds),
            _ => None,
        }
    }

    fn read(kind: u8, bytes: &'m [u8]) -> Result<Self, Fault> {
        let four = || <[u8; 4]>::try_from(bytes).map_err(|_| Fault::Length);
        let eight = || <[u8; 8]>::try_from(bytes).map_err(|_| Fault::Length);
        Ok(match kind {
            0x01 => Self::Structure(Structure(bytes)),
            0x02 => Self::Integer(i32::from_be_bytes(four()?)),
            0x05 => Self::Enumeration(u32::from_be_bytes(four()?)),
            0x07 => Self::Text(bytes),
            0x08 => Self::Bytes(bytes),
            0x09 => Self::DateTime(i64::from_be_bytes(eight()?)),
            _ => Self::Other,
        })
    }
}

/// The first item, and what is behind it.
fn split(bytes: &[u8]) -> Result<(Item<'_>, &[u8]), Fault> {
    let (head, rest) = bytes.split_first_chunk::<8>().ok_or(Fault::Length)?;
    let [t1, t2, t3, kind, l1, l2, l3, l4] = *head;
    let length = u32::from_be_bytes([l1, l2, l3, l4]);
    let length = usize::try_from(length).map_err(|_| Fault::Length)?;
    let padded = length.checked_next_multiple_of(8).ok_or(Fault::Length)?;
    let (value, behind) = rest.split_at_checked(padded).ok_or(Fault::Length)?;
    let value = value.get(..length).ok_or(Fault::Length)?;
    let item = Item {
        tag: u32::from_be_bytes([0, t1, t2, t3]),
        value: Value::read(kind, value)?,
    };
    Ok((item, behind))
}

fn check(content: &[u8], depth: usize) -> Result<(), Fault> {
    let depth = depth.checked_sub(1).ok_or(Fault::Depth)?;
    let mut rest = content;
    while !rest.is_empty() {
        let (item, behind) = split(rest)?;
        if let Value::Structure(Structure(content)) = item.value {
            check(content, depth)?;
        }
        rest = behind;
    }
    Ok(())
}
