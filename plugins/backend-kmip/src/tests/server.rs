//! A server of KMIP as far as the plugin needs one, with a cipher that protects nothing.
//! What a real one answers is tested from outside (`tests/kmip`).

use claviger_kmip::{Reason, operation};
use claviger_sdk::testing;
use std::cell::RefCell;
use std::rc::Rc;

const LINK: u32 = 0x42_004A;

/// One key.
#[derive(Clone)]
pub(super) struct Key {
    pub(super) identifier: String,
    pub(super) name: String,
    pub(super) state: u32,
    pub(super) algorithm: u32,
    pub(super) length: u32,
    pub(super) mask: u32,
    pub(super) replaces: Option<String>,
}

/// What it does, and what was seen of it.
pub(super) struct Behaviour {
    pub(super) keys: Vec<Key>,
    /// Minor versions of 1.x.
    pub(super) minors: Vec<u8>,
    pub(super) operations: Vec<u32>,
    pub(super) batches: bool,
    pub(super) authenticates: bool,
    pub(super) wrong_tag: Reason,
    /// Every Decrypt is refused with this.
    pub(super) decrypts_not: Option<Reason>,
    /// The next initialization vector has this in all its bytes, and the one after it one
    /// more; unless there is only one.
    pub(super) vector: u8,
    pub(super) one_vector: bool,
    /// Bytes of tags.
    pub(super) tag: usize,
    /// Requests until it hangs up, once.
    pub(super) hangs_up: Option<usize>,
    /// What every message has to hold.
    pub(super) password: Option<&'static [u8]>,
    /// Operations so far.
    pub(super) seen: Vec<u32>,
}

pub(super) type Server = Rc<RefCell<Behaviour>>;

pub(super) fn key(identifier: &str, name: &str) -> Key {
    Key {
        identifier: identifier.to_owned(),
        name: name.to_owned(),
        state: 2,
        algorithm: 3,
        length: 256,
        mask: 0xC,
        replaces: None,
    }
}

/// A server on the upstream `kmip` that does everything right.
pub(super) fn server() -> Server {
    let behaviour = Behaviour {
        keys: vec![key("1", "claviger-health"), key("2", "demo")],
        minors: vec![4, 3],
        operations: vec![
            operation::LOCATE,
            operation::GET_ATTRIBUTES,
            operation::ENCRYPT,
            operation::DECRYPT,
        ],
        batches: true,
        authenticates: true,
        wrong_tag: Reason::GENERAL_FAILURE,
        decrypts_not: None,
        vector: 9,
        one_vector: false,
        tag: 16,
        hangs_up: None,
        password: None,
        seen: Vec::new(),
    };
    let server = Rc::new(RefCell::new(behaviour));
    let peer = Rc::clone(&server);
    testing::peer("kmip", move |message| peer.borrow_mut().answer(message));
    server
}

/// An item that was read: tag, type and value.
struct Item {
    tag: u32,
    kind: u8,
    value: Vec<u8>,
}

fn read(mut bytes: &[u8]) -> Vec<Item> {
    let mut items = Vec::new();
    while !bytes.is_empty() {
        let head = u32::from_be_bytes(bytes[..4].try_into().unwrap());
        let length = u32::from_be_bytes(bytes[4..8].try_into().unwrap());
        let length = usize::try_from(length).unwrap();
        items.push(Item {
            tag: head >> 8,
            kind: u8::try_from(head & 0xFF).unwrap(),
            value: bytes[8..8 + length].to_vec(),
        });
        bytes = &bytes[8 + length.next_multiple_of(8)..];
    }
    items
}

fn find(items: &[Item], tag: u32) -> Option<Vec<u8>> {
    items.iter().find_map(|item| {
        if item.tag == tag {
            return Some(item.value.clone());
        }
        (item.kind == 1).then(|| find(&read(&item.value), tag))?
    })
}

fn number(items: &[Item], tag: u32) -> Option<u32> {
    let value = find(items, tag)?;
    Some(u32::from_be_bytes(value.try_into().ok()?))
}

fn text(items: &[Item], tag: u32) -> String {
    String::from_utf8(find(items, tag).unwrap()).unwrap()
}

fn item(tag: u32, kind: u8, value: &[u8]) -> Vec<u8> {
    let length = u32::try_from(value.len()).unwrap();
    let mut item = (tag << 8 | u32::from(kind)).to_be_bytes().to_vec();
    item.extend(length.to_be_bytes());
    item.extend(value);
    item.resize(item.len().next_multiple_of(8), 0);
    item
}

fn structure(tag: u32, inside: &[Vec<u8>]) -> Vec<u8> {
    item(tag, 1, &inside.concat())
}

fn word(tag: u32, kind: u8, number: u32) -> Vec<u8> {
    item(tag, kind, &number.to_be_bytes())
}

fn version(minor: u8) -> Vec<u8> {
    let number = |tag, number| word(tag, 2, number);
    structure(
        0x42_0069,
        &[number(0x42_006A, 1), number(0x42_006B, minor.into())],
    )
}

type Outcome = Result<Vec<Vec<u8>>, Reason>;

#[expect(clippy::unnecessary_wraps, reason = "what a peer of a stream answers")]
fn message(minor: u8, items: &[Vec<u8>]) -> Option<Vec<u8>> {
    let mut inside = vec![structure(0x42_007A, &[version(minor)])];
    inside.extend(items.iter().cloned());
    Some(structure(0x42_007B, &inside))
}

fn failed(reason: Reason) -> Vec<Vec<u8>> {
    let said = item(0x42_007D, 7, b"said so");
    vec![word(0x42_007F, 5, 1), word(0x42_007E, 5, reason.0), said]
}

/// Of the whole message, as it is answered by `PyKMIP`.
fn refused(reason: Reason) -> Option<Vec<u8>> {
    message(0, &[structure(0x42_000F, &failed(reason))])
}

/// As long as the data, and different.
fn cipher(data: &[u8]) -> Vec<u8> {
    data.iter().map(|byte| byte ^ 0x55).collect()
}

impl Behaviour {
    fn answer(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        if let Some(left) = self.hangs_up {
            self.hangs_up = left.checked_sub(1);
            if left == 0 {
                return None;
            }
        }
        let root = read(bytes);
        let inside = read(&root[0].value);
        let minor = number(&inside, 0x42_006B).unwrap();
        let minor = u8::try_from(minor).unwrap();
        let major = number(&inside, 0x42_006A).unwrap();
        if major != 1 || !self.minors.contains(&minor) {
            return refused(Reason::INVALID_MESSAGE);
        }
        let has = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
        if self.password.is_some_and(|password| !has(password)) {
            return refused(Reason::AUTHENTICATION_NOT_SUCCESSFUL);
        }
        let items: Vec<_> = inside.iter().filter(|it| it.tag == 0x42_000F).collect();
        if items.len() > 1 && !self.batches {
            return refused(Reason::FEATURE_NOT_SUPPORTED);
        }
        let mut answers = Vec::new();
        for asked in items {
            let asked = read(&asked.value);
            let operation = number(&asked, 0x42_005C).unwrap();
            self.seen.push(operation);
            let mut answer = vec![word(0x42_005C, 5, operation)];
            answer.extend(find(&asked, 0x42_0093).map(|id| item(0x42_0093, 8, &id)));
            match self.outcome(operation, &asked) {
                Ok(payload) => {
                    answer.push(word(0x42_007F, 5, 0));
                    answer.push(structure(0x42_007C, &payload));
                }
                Err(reason) => answer.extend(failed(reason)),
            }
            answers.push(structure(0x42_000F, &answer));
        }
        message(minor, &answers)
    }

    fn outcome(&mut self, operation: u32, asked: &[Item]) -> Outcome {
        match operation {
            operation::DISCOVER_VERSIONS => {
                let asked = find(asked, 0x42_0079).unwrap();
                let asked = read(&asked);
                let wants = |minor: &u8| {
                    let version = version(*minor);
                    let mut wanted = asked.iter();
                    asked.is_empty() || wanted.any(|it| version.ends_with(&it.value))
                };
                Ok(self
                    .minors
                    .iter()
                    .copied()
                    .filter(wants)
                    .map(version)
                    .collect())
            }
            operation::QUERY => {
                let operations = self.operations.iter();
                Ok(operations.map(|it| word(0x42_005C, 5, *it)).collect())
            }
            operation::LOCATE => {
                let name = find(asked, 0x42_0055);
                let name = name.map(|name| String::from_utf8(name).unwrap());
                let keys = self.keys.iter();
                let keys = keys.filter(|key| name.as_ref().is_none_or(|it| *it == key.name));
                Ok(keys.map(|key| identifier(&key.identifier)).collect())
            }
            operation::GET_ATTRIBUTES => self.attributes(asked),
            operation::ENCRYPT => self.encrypt(asked),
            operation::DECRYPT => self.decrypt(asked),
            other => panic!("nobody asks for {other}"),
        }
    }

    fn key(&self, asked: &[Item]) -> Result<&Key, Reason> {
        let wanted = text(asked, 0x42_0094);
        let found = self.keys.iter().find(|key| key.identifier == wanted);
        found.ok_or(Reason::ITEM_NOT_FOUND)
    }

    fn attributes(&self, asked: &[Item]) -> Outcome {
        let key = self.key(asked)?;
        let attribute =
            |name: &str, value| structure(0x42_0008, &[item(0x42_000A, 7, name.as_bytes()), value]);
        let value = |kind, number| word(0x42_000B, kind, number);
        let name = structure(0x42_000B, &[item(0x42_0055, 7, key.name.as_bytes())]);
        let mut attributes = vec![
            identifier(&key.identifier),
            attribute("Object Type", value(5, 2)),
            attribute("Name", name),
            attribute("State", value(5, key.state)),
            attribute("Cryptographic Algorithm", value(5, key.algorithm)),
            attribute("Cryptographic Length", value(2, key.length)),
            attribute("Cryptographic Usage Mask", value(2, key.mask)),
        ];
        if let Some(replaces) = &key.replaces {
            let link = [
                word(LINK + 1, 5, 0x107),
                item(LINK + 2, 7, replaces.as_bytes()),
            ];
            attributes.push(attribute("Link", structure(0x42_000B, &link)));
        }
        Ok(attributes)
    }

    fn usable(&self, asked: &[Item], bit: u32) -> Result<&Key, Reason> {
        let key = self.key(asked)?;
        if key.state == 2 && key.mask & bit != 0 {
            return Ok(key);
        }
        Err(Reason::PERMISSION_DENIED)
    }

    /// Sums up what is authenticated.
    fn tag(&self, key: &Key, asked: &[Item], data: &[u8], iv: &[u8]) -> Vec<u8> {
        let additional = find(asked, 0x42_00FE).unwrap_or_default();
        let additional = if self.authenticates {
            additional
        } else {
            Vec::new()
        };
        let all = [key.identifier.as_bytes(), data, iv, &additional].concat();
        let sum = all.iter().fold(7_u8, |sum, byte| sum.rotate_left(3) ^ byte);
        vec![sum; self.tag]
    }

    fn encrypt(&mut self, asked: &[Item]) -> Outcome {
        self.vector = self.vector.wrapping_add((!self.one_vector).into());
        let key = self.usable(asked, 4)?;
        let data = cipher(&find(asked, 0x42_00C2).unwrap());
        let given = find(asked, 0x42_003D);
        let iv = given.clone().unwrap_or_else(|| vec![self.vector; 16]);
        let mut payload = vec![identifier(&key.identifier), item(0x42_00C2, 8, &data)];
        if given.is_none() {
            payload.push(item(0x42_003D, 8, &iv));
        }
        payload.push(item(0x42_00FF, 8, &self.tag(key, asked, &data, &iv)));
        Ok(payload)
    }

    fn decrypt(&self, asked: &[Item]) -> Outcome {
        let key = self.usable(asked, 8)?;
        if let Some(reason) = self.decrypts_not {
            return Err(reason);
        }
        let data = find(asked, 0x42_00C2).unwrap();
        let iv = find(asked, 0x42_003D).unwrap();
        if find(asked, 0x42_00FF).unwrap() != self.tag(key, asked, &data, &iv) {
            return Err(self.wrong_tag);
        }
        let plaintext = item(0x42_00C2, 8, &cipher(&data));
        Ok(vec![identifier(&key.identifier), plaintext])
    }
}

fn identifier(identifier: &str) -> Vec<u8> {
    item(0x42_0094, 7, identifier.as_bytes())
}
