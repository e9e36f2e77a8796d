//! From the bytes of an answer to what was asked for.

use crate::ask::Ask;
use crate::reason::Reason;
use crate::tag;
use crate::ttlv::Structure;
use std::fmt;

/// The longest answer that is read, in bytes behind its head.
pub const MOST_BYTES: u32 = 1 << 20;

/// Most questions of one request.
pub const MOST_ASKS: usize = 200;

/// Characters of a Result Message that are kept.
const MESSAGE: usize = 200;

/// What is wrong with the form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It does not begin as an answer of KMIP does.
    NotKmip,
    /// More than [`MOST_BYTES`].
    TooLong,
    /// A length that does not fit into its surroundings, or to its type.
    Length,
    /// Structures within structures within structures.
    Depth,
    /// Not as many answers as questions.
    Count,
    /// An answer to another operation, or to another item of the batch.
    Another,
    /// Something that has to be there is missing: what.
    Missing(&'static str),
    /// Something is not as it has to be: what.
    Wrong(&'static str),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotKmip => f.write_str("the answer is not one of KMIP"),
            Self::TooLong => f.write_str("the answer is longer than 1 MiB"),
            Self::Length => f.write_str("a length in the answer does not fit"),
            Self::Depth => f.write_str("the answer is nested too deep"),
            Self::Count => f.write_str("the server answered something else than what was asked"),
            Self::Another => f.write_str("the server answered another operation"),
            Self::Missing(what) => write!(f, "the server's answer lacks {what}"),
            Self::Wrong(what) => write!(f, "the server's answer has {what}"),
        }
    }
}

/// The server does not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// 0 when the server gives none.
    pub reason: Reason,
    /// What the server says, as printable ASCII of at most 200 characters.
    pub message: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason, self.message)
    }
}

/// Why there is no answer to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The server says no.
    Refused(Refusal),
    /// The answer cannot be used.
    Malformed(Fault),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Malformed(fault)
    }
}

/// How many bytes follow the first 8 of an answer.
pub fn length(head: [u8; 8]) -> Result<u32, Fault> {
    let [t1, t2, t3, kind, l1, l2, l3, l4] = head;
    if u32::from_be_bytes([0, t1, t2, t3]) != tag::RESPONSE_MESSAGE || kind != 0x01 {
        return Err(Fault::NotKmip);
    }
    let length = u32::from_be_bytes([l1, l2, l3, l4]);
    if length > MOST_BYTES {
        return Err(Fault::TooLong);
    }
    Ok(length)
}

/// The answers to these questions in their order, from what follows the first 8 bytes.
///
/// A failure of all of them is that of the message: one that the server could not read,
/// for example.
pub fn answers<A: Ask>(
    body: &[u8],
    asks: &[A],
) -> Result<Vec<Result<A::Answer, Failure>>, Failure> {
    let message = Structure::parse(body)?;
    let items: Vec<_> = message.structures(tag::BATCH_ITEM).collect();
    if let [only] = &*items
        && only.enumeration(tag::OPERATION).is_none()
        && let Some(refusal) = refusal(*only)?
    {
        return Err(Failure::Refused(refusal));
    }
    if items.len() != asks.len() {
        return Err(Fault::Count.into());
    }
    let is_batch = asks.len() > 1;
    let answers = asks.iter().enumerate().map(|(index, ask)| {
        // A server may answer in another order.
        let id = item_id(index);
        let belongs =
            |item: &&Structure<'_>| !is_batch || item.bytes(tag::UNIQUE_BATCH_ITEM_ID) == Some(&id);
        let item = items.iter().find(belongs).ok_or(Fault::Another)?;
        if item.enumeration(tag::OPERATION) != Some(A::OPERATION) {
            return Err(Fault::Another.into());
        }
        if let Some(refusal) = refusal(*item)? {
            return Ok(Err(Failure::Refused(refusal)));
        }
        let payload = item.structure(tag::RESPONSE_PAYLOAD);
        let payload = payload.map_or_else(|| Structure::parse(&[]), Ok)?;
        Ok(ask.read(payload).map_err(Failure::Malformed))
    });
    answers.collect()
}

/// Unique Batch Item ID of a question. There are at most [`MOST_ASKS`].
pub(crate) fn item_id(index: usize) -> [u8; 1] {
    [u8::try_from(index.saturating_add(1)).unwrap_or(u8::MAX)]
}

/// Unless it succeeded. Pending (2) and Undone (3) are never asked for.
fn refusal(item: Structure<'_>) -> Result<Option<Refusal>, Fault> {
    let status = item.enumeration(tag::RESULT_STATUS);
    if status.ok_or(Fault::Missing("a Result Status"))? == 0 {
        return Ok(None);
    }
    Ok(Some(Refusal {
        reason: Reason(item.enumeration(tag::RESULT_REASON).unwrap_or_default()),
        message: printable(item.text(tag::RESULT_MESSAGE).unwrap_or_default(), MESSAGE),
    }))
}

/// What of a text can stand in a log.
pub(crate) fn printable(text: &str, most: usize) -> String {
    let printable = |c: &char| *c == ' ' || c.is_ascii_graphic();
    text.chars().filter(printable).take(most).collect()
}
