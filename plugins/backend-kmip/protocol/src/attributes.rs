//! What a key is: Get Attributes.

use crate::answer::Fault;
use crate::ask::{Ask, check_identifier, identifier};
use crate::ttlv::{Structure, Value};
use crate::version::Version;
use crate::writer::Writer;
use crate::{operation, tag};

/// Object Type of a symmetric key.
pub const SYMMETRIC_KEY: u32 = 2;
/// Cryptographic Algorithm.
pub const AES: u32 = 3;
/// Bit of the Cryptographic Usage Mask.
pub const ENCRYPT: i32 = 0x4;
/// Bit of the Cryptographic Usage Mask.
pub const DECRYPT: i32 = 0x8;

/// States of a key.
pub mod state {
    /// May not be used yet.
    pub const PRE_ACTIVE: u32 = 1;
    /// May be used.
    pub const ACTIVE: u32 = 2;
    /// May decrypt, where the server permits it.
    pub const DEACTIVATED: u32 = 3;
    /// Somebody else may have the key.
    pub const COMPROMISED: u32 = 4;
    /// Its key material is gone.
    pub const DESTROYED: u32 = 5;
    /// Both.
    pub const DESTROYED_COMPROMISED: u32 = 6;
}

/// Most names of a key that are read.
const NAMES: usize = 32;
/// Longest of them, in bytes.
const NAME: usize = 512;
/// Link Type: the key in whose place this one is.
const REPLACED_OBJECT: u32 = 0x107;

/// Every attribute of [`Attributes`] by its name and tag.
const ASKED: [(&str, u32); 9] = [
    ("Object Type", tag::OBJECT_TYPE),
    ("Name", tag::NAME),
    ("State", tag::STATE),
    ("Cryptographic Algorithm", tag::CRYPTOGRAPHIC_ALGORITHM),
    ("Cryptographic Length", tag::CRYPTOGRAPHIC_LENGTH),
    ("Cryptographic Usage Mask", tag::CRYPTOGRAPHIC_USAGE_MASK),
    ("Process Start Date", tag::PROCESS_START_DATE),
    ("Protect Stop Date", tag::PROTECT_STOP_DATE),
    ("Link", tag::LINK),
];

/// The attributes of this object.
#[derive(Clone, Debug)]
pub struct GetAttributes<'a> {
    /// Its Unique Identifier.
    pub identifier: &'a str,
}

/// Attributes of an object, as far as it has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// [`SYMMETRIC_KEY`], or something else.
    pub object_type: Option<u32>,
    /// The first 32 of up to 512 bytes.
    pub names: Vec<String>,
    /// One of [`state`].
    pub state: Option<u32>,
    /// [`AES`], or something else.
    pub algorithm: Option<u32>,
    /// In bits.
    pub length: Option<i32>,
    /// Bits: [`ENCRYPT`], [`DECRYPT`] and others.
    pub usage_mask: Option<i32>,
    /// Before then it does not decrypt; in seconds since 1970.
    pub process_start: Option<i64>,
    /// From then on it does not encrypt; in seconds since 1970.
    pub protect_stop: Option<i64>,
    /// The Unique Identifier of the key that it has replaced.
    pub replaces: Option<String>,
}

#[expect(private_interfaces, reason = "as the trait")]
impl Ask for GetAttributes<'_> {
    const OPERATION: u32 = operation::GET_ATTRIBUTES;
    type Answer = Attributes;

    fn write(&self, version: Version, writer: &mut Writer) {
        writer.text(tag::UNIQUE_IDENTIFIER, self.identifier);
        for (name, tag) in ASKED {
            if version.has_attribute_items() {
                writer.enumeration(tag::ATTRIBUTE_REFERENCE, tag);
            } else {
                writer.text(tag::ATTRIBUTE_NAME, name);
            }
        }
    }

    fn read(&self, payload: Structure<'_>) -> Result<Attributes, Fault> {
        check_identifier(payload, self.identifier)?;
        let mut attributes = Attributes::default();
        // 1.x
        for attribute in payload.structures(tag::ATTRIBUTE) {
            let name = attribute.text(tag::ATTRIBUTE_NAME);
            let asked = ASKED.iter().find(|(asked, _)| Some(*asked) == name);
            let value = attribute.all(tag::ATTRIBUTE_VALUE).next();
            if let (Some((_, tag)), Some(value)) = (asked, value) {
                attributes.take(*tag, value)?;
            }
        }
        // 2.x
        for item in payload
            .structures(tag::ATTRIBUTES)
            .flat_map(Structure::items)
        {
            attributes.take(item.tag, item.value)?;
        }
        Ok(attributes)
    }
}

impl Attributes {
    fn take(&mut self, tag: u32, value: Value<'_>) -> Result<(), Fault> {
        match tag {
            tag::OBJECT_TYPE => self.object_type = value.enumeration(),
            tag::STATE => self.state = value.enumeration(),
            tag::CRYPTOGRAPHIC_ALGORITHM => self.algorithm = value.enumeration(),
            tag::CRYPTOGRAPHIC_LENGTH => self.length = value.integer(),
            tag::CRYPTOGRAPHIC_USAGE_MASK => self.usage_mask = value.integer(),
            tag::PROCESS_START_DATE => self.process_start = value.date_time(),
            tag::PROTECT_STOP_DATE => self.protect_stop = value.date_time(),
            tag::NAME => {
                let name = value.structure().and_then(|it| it.text(tag::NAME_VALUE));
                let name = name.filter(|name| name.len() <= NAME);
                if self.names.len() < NAMES {
                    self.names.extend(name.map(str::to_owned));
                }
            }
            tag::LINK => {
                if let Some(link) = value.structure()
                    && link.enumeration(tag::LINK_TYPE) == Some(REPLACED_OBJECT)
                    && let Some(linked) = link.all(tag::LINKED_OBJECT_IDENTIFIER).next()
                {
                    self.replaces = Some(identifier(linked)?.to_owned());
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether its usage mask has this bit.
    pub fn permits(&self, bit: i32) -> bool {
        self.usage_mask.unwrap_or_default() & bit != 0
    }
}
