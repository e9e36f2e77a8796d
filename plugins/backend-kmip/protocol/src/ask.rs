//! What can be asked: about the server, and for keys.

use crate::answer::{Fault, printable};
use crate::attributes::SYMMETRIC_KEY;
use crate::ttlv::{Structure, Value};
use crate::version::Version;
use crate::writer::Writer;
use crate::{operation, tag};

/// One operation with what it is asked for.
#[expect(
    private_interfaces,
    reason = "how items are written and read is this crate's own"
)]
pub trait Ask {
    /// Its number.
    const OPERATION: u32;
    /// What comes back.
    type Answer;

    /// Most bytes of its item in a request.
    fn room(&self) -> usize {
        1024
    }

    /// Writes its payload.
    #[doc(hidden)]
    fn write(&self, version: Version, writer: &mut Writer);

    /// Reads and checks the payload of its answer.
    #[doc(hidden)]
    fn read(&self, payload: Structure<'_>) -> Result<Self::Answer, Fault>;
}

/// Longest Unique Identifier, in bytes. Servers have up to 64.
const IDENTIFIER: usize = 512;
/// Most Unique Identifiers of one answer.
const IDENTIFIERS: usize = 4096;
/// Most versions or operations of one answer.
const LISTED: usize = 256;

/// Which of these versions the server has; without any, which it has at all.
#[derive(Clone, Debug)]
pub struct DiscoverVersions<'a>(pub &'a [Version]);

#[expect(private_interfaces, reason = "as the trait")]
impl Ask for DiscoverVersions<'_> {
    const OPERATION: u32 = operation::DISCOVER_VERSIONS;
    /// The server's favourite first.
    type Answer = Vec<Version>;

    fn write(&self, _: Version, writer: &mut Writer) {
        for version in self.0 {
            version.write(writer);
        }
    }

    fn read(&self, payload: Structure<'_>) -> Result<Vec<Version>, Fault> {
        let versions = payload.structures(tag::PROTOCOL_VERSION);
        Ok(versions.filter_map(Version::read).take(LISTED).collect())
    }
}

/// What the server can do, and what it is.
#[derive(Clone, Debug)]
pub struct Query;

/// What a server says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerInformation {
    /// Numbers of operations.
    pub operations: Vec<u32>,
    /// Vendor Identification as printable ASCII, at most 80 characters; may be empty.
    pub vendor: String,
}

#[expect(private_interfaces, reason = "as the trait")]
impl Ask for Query {
    const OPERATION: u32 = operation::QUERY;
    type Answer = ServerInformation;

    fn write(&self, _: Version, writer: &mut Writer) {
        const OPERATIONS: u32 = 1;
        const SERVER_INFORMATION: u32 = 3;
        writer.enumeration(tag::QUERY_FUNCTION, OPERATIONS);
        writer.enumeration(tag::QUERY_FUNCTION, SERVER_INFORMATION);
    }

    fn read(&self, payload: Structure<'_>) -> Result<ServerInformation, Fault> {
        let operations = payload
            .all(tag::OPERATION)
            .filter_map(Value::enumeration)
            .take(LISTED);
        let vendor = payload.text(tag::VENDOR_IDENTIFICATION).unwrap_or_default();
        Ok(ServerInformation {
            operations: operations.collect(),
            vendor: printable(vendor, 80),
        })
    }
}

/// Symmetric keys that this client may know of.
#[derive(Clone, Debug)]
pub struct Locate<'a> {
    /// Those that have this name; otherwise all.
    pub name: Option<&'a str>,
    /// How many are wanted at the most.
    pub most: u16,
}

#[expect(private_interfaces, reason = "as the trait")]
impl Ask for Locate<'_> {
    const OPERATION: u32 = operation::LOCATE;
    /// Their Unique Identifiers.
    type Answer = Vec<String>;

    fn write(&self, version: Version, writer: &mut Writer) {
        writer.integer(tag::MAXIMUM_ITEMS, self.most.into());
        if version.has_attribute_items() {
            writer.structure(tag::ATTRIBUTES, |writer| {
                if let Some(name) = self.name {
                    write_name(writer, tag::NAME, name);
                }
                writer.enumeration(tag::OBJECT_TYPE, SYMMETRIC_KEY);
            });
            return;
        }
        if let Some(name) = self.name {
            writer.structure(tag::ATTRIBUTE, |writer| {
                writer.text(tag::ATTRIBUTE_NAME, "Name");
                write_name(writer, tag::ATTRIBUTE_VALUE, name);
            });
        }
        writer.structure(tag::ATTRIBUTE, |writer| {
            writer.text(tag::ATTRIBUTE_NAME, "Object Type");
            writer.enumeration(tag::ATTRIBUTE_VALUE, SYMMETRIC_KEY);
        });
    }

    fn read(&self, payload: Structure<'_>) -> Result<Vec<String>, Fault> {
        let found = payload.all(tag::UNIQUE_IDENTIFIER);
        let found: Vec<_> = found.take(IDENTIFIERS + 1).collect();
        if found.len() > IDENTIFIERS {
            return Err(Fault::Wrong("more than 4096 identifiers"));
        }
        let mut identifiers = Vec::new();
        for value in found {
            identifiers.push(identifier(value)?.to_owned());
        }
        Ok(identifiers)
    }
}

fn write_name(writer: &mut Writer, tag: u32, name: &str) {
    const UNINTERPRETED_TEXT_STRING: u32 = 1;
    writer.structure(tag, |writer| {
        writer.text(tag::NAME_VALUE, name);
        writer.enumeration(tag::NAME_TYPE, UNINTERPRETED_TEXT_STRING);
    });
}

/// A Unique Identifier.
pub(crate) fn identifier(value: Value<'_>) -> Result<&str, Fault> {
    let text = value.text().filter(|text| !text.is_empty());
    let text = text.ok_or(Fault::Wrong("an identifier that is no text"))?;
    if text.len() > IDENTIFIER {
        return Err(Fault::Wrong("an identifier of more than 512 bytes"));
    }
    Ok(text)
}

/// The answer is about the object that was asked for.
pub(crate) fn check_identifier(payload: Structure<'_>, asked: &str) -> Result<(), Fault> {
    match payload.text(tag::UNIQUE_IDENTIFIER) {
        Some(text) if text == asked => Ok(()),
        Some(_) => Err(Fault::Wrong("the identifier of another object")),
        None => Err(Fault::Missing("a Unique Identifier")),
    }
}
