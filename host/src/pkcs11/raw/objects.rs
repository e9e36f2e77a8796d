//! Keys: found, read, made; and random bytes.

use std::ptr;

use cryptoki_sys::{
    CK_ATTRIBUTE, CK_ATTRIBUTE_TYPE, CK_BBOOL, CK_FALSE, CK_MECHANISM, CK_TRUE, CK_ULONG,
    CK_UNAVAILABLE_INFORMATION, CKA_CLASS, CKA_DECRYPT, CKA_ENCRYPT, CKA_EXTRACTABLE, CKA_ID,
    CKA_KEY_TYPE, CKA_LABEL, CKA_PRIVATE, CKA_SENSITIVE, CKA_TOKEN, CKA_VALUE_LEN, CKK_AES,
    CKK_VENDOR_DEFINED, CKM_AES_KEY_GEN, CKO_SECRET_KEY,
};

use super::super::keys::{KeyAttributes, KeySelector, KeyTemplate};
use super::super::return_value::ReturnValue;
use super::{RawCalls, checked, length, there};

/// Handles that a search hands over at once.
const BATCH: usize = 32;
/// Longest label or id that is read, in bytes. A longer one is read as none.
const LONGEST: usize = 1024;
/// The attributes that are read of a key.
const ATTRIBUTES: [CK_ATTRIBUTE_TYPE; 6] = [
    CKA_KEY_TYPE,
    CKA_LABEL,
    CKA_ID,
    CKA_VALUE_LEN,
    CKA_ENCRYPT,
    CKA_DECRYPT,
];

impl RawCalls {
    /// The handles of the token's secret keys that match, `most` at the most.
    pub(in super::super) fn find(
        &self,
        session: u64,
        selector: &KeySelector,
        most: usize,
    ) -> Result<Vec<u64>, ReturnValue> {
        let mut template = Template::default();
        template.number(CKA_CLASS, CKO_SECRET_KEY);
        template.flag(CKA_TOKEN, true);
        match selector {
            KeySelector::Label(label) => template.bytes(CKA_LABEL, label.as_bytes()),
            KeySelector::Id(id) => template.bytes(CKA_ID, id),
            KeySelector::Every => {}
        }
        self.search(session, &template, most, BATCH)
    }

    /// The handles of the objects that match a template, `most` at the most, handed
    /// over so many at once.
    pub(in super::super) fn search(
        &self,
        session: u64,
        template: &Template,
        most: usize,
        at_once: usize,
    ) -> Result<Vec<u64>, ReturnValue> {
        self.begin_search(session, template)?;
        let found = self.rest_of_search(session, most, at_once.min(BATCH));
        // Whatever came of it: the session would be of no use any more.
        self.end_search(session)?;
        found
    }

    #[expect(unsafe_code, reason = "a call into the vendor's library")]
    fn begin_search(&self, session: u64, template: &Template) -> Result<(), ReturnValue> {
        let begin = there(self.list.C_FindObjectsInit)?;
        let mut attributes = template.attributes();
        let count = length(attributes.len());
        // SAFETY: the library only reads the attributes and the values that they
        // point to, which `template` keeps until after the call.
        checked(unsafe { begin(session, attributes.as_mut_ptr(), count) })
    }

    #[expect(unsafe_code, reason = "a call into the vendor's library")]
    fn rest_of_search(
        &self,
        session: u64,
        most: usize,
        at_once: usize,
    ) -> Result<Vec<u64>, ReturnValue> {
        let next = there(self.list.C_FindObjects)?;
        let mut found = Vec::new();
        while found.len() < most {
            let mut batch = [0; BATCH];
            let room = at_once.min(most - found.len());
            let mut count: CK_ULONG = 0;
            // SAFETY: the library writes no more handles than there is room for.
            checked(unsafe { next(session, batch.as_mut_ptr(), length(room), &raw mut count) })?;
            let count = usize::try_from(count).unwrap_or(0).min(room);
            if count == 0 {
                break;
            }
            found.extend(batch.iter().take(count));
        }
        Ok(found)
    }

    #[expect(unsafe_code, reason = "a call into the vendor's library")]
    fn end_search(&self, session: u64) -> Result<(), ReturnValue> {
        let end = there(self.list.C_FindObjectsFinal)?;
        // SAFETY: a handle that does not exist is answered with an error.
        checked(unsafe { end(session) })
    }

    /// What the token says of a key. What it does not say is as in
    /// [`KeyAttributes::default`], but for the key type, which is none that exists.
    pub(in super::super) fn attributes(
        &self,
        session: u64,
        key: u64,
    ) -> Result<KeyAttributes, ReturnValue> {
        let read = match self.read(session, key, &ATTRIBUTES) {
            Ok(read) => read,
            // Libraries do as they like with what comes after the one that is
            // refused, so each is asked for by itself.
            Err(value) if value.refuses_attribute() => {
                let mut read = Vec::new();
                for attribute in ATTRIBUTES {
                    match self.read(session, key, &[attribute]) {
                        Ok(one) => read.extend(one),
                        Err(value) if value.refuses_attribute() => {}
                        Err(value) => return Err(value),
                    }
                }
                read
            }
            Err(value) => return Err(value),
        };
        let mut attributes = KeyAttributes {
            key_type: CKK_VENDOR_DEFINED,
            ..KeyAttributes::default()
        };
        for (kind, value) in read {
            match kind {
                CKA_KEY_TYPE => attributes.key_type = number(&value).unwrap_or(CKK_VENDOR_DEFINED),
                CKA_LABEL => attributes.label = String::from_utf8_lossy(&value).into_owned(),
                CKA_ID => attributes.id = value,
                CKA_VALUE_LEN => {
                    attributes.value_length =
                        number(&value).and_then(|bytes| u32::try_from(bytes).ok());
                }
                CKA_ENCRYPT => attributes.encrypt = is_true(&value),
                CKA_DECRYPT => attributes.decrypt = is_true(&value),
                _ => {}
            }
        }
        Ok(attributes)
    }

    /// The values of attributes of an object.
    #[expect(unsafe_code, reason = "a call into the vendor's library")]
    fn read(
        &self,
        session: u64,
        object: u64,
        kinds: &[CK_ATTRIBUTE_TYPE],
    ) -> Result<Vec<(CK_ATTRIBUTE_TYPE, Vec<u8>)>, ReturnValue> {
        let ask = there(self.list.C_GetAttributeValue)?;
        let empty = |kind: &CK_ATTRIBUTE_TYPE| (*kind, Value::with_room(room(*kind)));
        let mut values: Vec<_> = kinds.iter().map(empty).collect();
        let to_fill = values.iter_mut().map(|(kind, value)| CK_ATTRIBUTE {
            type_: *kind,
            pValue: value.words.as_mut_ptr().cast(),
            ulValueLen: length(value.bytes),
        });
        let mut to_fill: Vec<_> = to_fill.collect();
        let count = length(to_fill.len());
        // SAFETY: each attribute has room for as many bytes as it says, in a buffer
        // of its own that is used for nothing else meanwhile.
        checked(unsafe { ask(session, object, to_fill.as_mut_ptr(), count) })?;
        let filled = to_fill
            .iter()
            .zip(&values)
            .filter_map(|(filled, (kind, value))| {
                let written = match filled.ulValueLen {
                    0 | CK_UNAVAILABLE_INFORMATION => return None,
                    written => usize::try_from(written).ok()?,
                };
                Some((*kind, value.first(written)))
            });
        Ok(filled.collect())
    }

    /// Makes an AES-256 key that the token keeps; its handle.
    pub(in super::super) fn generate_key(
        &self,
        session: u64,
        key: &KeyTemplate,
    ) -> Result<u64, ReturnValue> {
        self.generate(session, &Template::aes_256(key, true))
    }

    /// Makes an AES key of these attributes; its handle.
    #[expect(unsafe_code, reason = "a call into the vendor's library")]
    pub(in super::super) fn generate(
        &self,
        session: u64,
        template: &Template,
    ) -> Result<u64, ReturnValue> {
        let generate = there(self.list.C_GenerateKey)?;
        let mut attributes = template.attributes();
        let count = length(attributes.len());
        let mut mechanism = CK_MECHANISM {
            mechanism: CKM_AES_KEY_GEN,
            pParameter: ptr::null_mut(),
            ulParameterLen: 0,
        };
        let mut key = 0;
        // SAFETY: the library only reads the mechanism, the attributes and the
        // values that they point to, which `template` keeps until after the call;
        // there is room for the handle.
        let answer = unsafe {
            generate(
                session,
                &raw mut mechanism,
                attributes.as_mut_ptr(),
                count,
                &raw mut key,
            )
        };
        checked(answer)?;
        Ok(key)
    }

    /// Destroys an object.
    #[expect(unsafe_code, reason = "a call into the vendor's library")]
    pub(in super::super) fn destroy(&self, session: u64, object: u64) -> Result<(), ReturnValue> {
        let destroy = there(self.list.C_DestroyObject)?;
        // SAFETY: handles that do not exist are answered with an error.
        checked(unsafe { destroy(session, object) })
    }

    /// Fills `bytes` from the token's generator.
    #[expect(unsafe_code, reason = "a call into the vendor's library")]
    pub(in super::super) fn random(
        &self,
        session: u64,
        bytes: &mut [u8],
    ) -> Result<(), ReturnValue> {
        let generate = there(self.list.C_GenerateRandom)?;
        // SAFETY: the library writes as many bytes as there are.
        checked(unsafe { generate(session, bytes.as_mut_ptr(), length(bytes.len())) })
    }
}

/// The value of an attribute, aligned for the numbers that it may be.
struct Value {
    words: Vec<CK_ULONG>,
    bytes: usize,
}

impl Value {
    fn with_room(bytes: usize) -> Self {
        let words = vec![0; bytes.div_ceil(size_of::<CK_ULONG>())];
        Self { words, bytes }
    }

    fn of(bytes: &[u8]) -> Self {
        let mut value = Self::with_room(bytes.len());
        let words = bytes.chunks(size_of::<CK_ULONG>());
        for (word, bytes) in value.words.iter_mut().zip(words) {
            let mut whole = [0; size_of::<CK_ULONG>()];
            whole
                .iter_mut()
                .zip(bytes)
                .for_each(|(to, from)| *to = *from);
            *word = CK_ULONG::from_ne_bytes(whole);
        }
        value
    }

    fn first(&self, bytes: usize) -> Vec<u8> {
        let all = self.words.iter().flat_map(|word| word.to_ne_bytes());
        all.take(bytes.min(self.bytes)).collect()
    }
}

/// Attributes with their values.
#[derive(Default)]
pub(in super::super) struct Template(Vec<(CK_ATTRIBUTE_TYPE, Value)>);

impl Template {
    /// Of an AES-256 key that cannot be read: on the token, or in the session.
    pub(in super::super) fn aes_256(key: &KeyTemplate, on_token: bool) -> Self {
        let mut template = Self::default();
        template.number(CKA_CLASS, CKO_SECRET_KEY);
        template.number(CKA_KEY_TYPE, CKK_AES);
        template.number(CKA_VALUE_LEN, 32);
        for (kind, value) in [
            (CKA_TOKEN, on_token),
            (CKA_PRIVATE, true),
            (CKA_SENSITIVE, true),
            (CKA_EXTRACTABLE, false),
            (CKA_ENCRYPT, key.encrypt),
            (CKA_DECRYPT, key.decrypt),
        ] {
            template.flag(kind, value);
        }
        template.bytes(CKA_LABEL, key.label.as_bytes());
        if !key.id.is_empty() {
            template.bytes(CKA_ID, &key.id);
        }
        template
    }

    pub(in super::super) fn bytes(&mut self, kind: CK_ATTRIBUTE_TYPE, value: &[u8]) {
        self.0.push((kind, Value::of(value)));
    }

    pub(in super::super) fn number(&mut self, kind: CK_ATTRIBUTE_TYPE, value: CK_ULONG) {
        self.bytes(kind, &value.to_ne_bytes());
    }

    pub(in super::super) fn flag(&mut self, kind: CK_ATTRIBUTE_TYPE, value: bool) {
        let value: CK_BBOOL = if value { CK_TRUE } else { CK_FALSE };
        self.bytes(kind, &[value]);
    }

    /// For a call that only reads them, while `self` lives.
    fn attributes(&self) -> Vec<CK_ATTRIBUTE> {
        let attribute = |(kind, value): &(CK_ATTRIBUTE_TYPE, Value)| CK_ATTRIBUTE {
            type_: *kind,
            pValue: value.words.as_ptr().cast_mut().cast(),
            ulValueLen: length(value.bytes),
        };
        self.0.iter().map(attribute).collect()
    }
}

/// Bytes for the value of an attribute. Those of numbers and flags are exact: NSS
/// tells by the room whether a number is wanted.
fn room(kind: CK_ATTRIBUTE_TYPE) -> usize {
    match kind {
        CKA_KEY_TYPE | CKA_VALUE_LEN => size_of::<CK_ULONG>(),
        CKA_ENCRYPT | CKA_DECRYPT => size_of::<CK_BBOOL>(),
        _ => LONGEST,
    }
}

fn number(value: &[u8]) -> Option<CK_ULONG> {
    value.try_into().ok().map(CK_ULONG::from_ne_bytes)
}

fn is_true(value: &[u8]) -> bool {
    matches!(value, [flag] if *flag != CK_FALSE)
}

#[cfg(test)]
mod tests {
    use super::Value;

    #[test]
    fn a_value_is_read_back_as_it_was_written() {
        for length in [0, 1, 7, 8, 9, 1024] {
            let bytes: Vec<u8> = (0..=u8::MAX).cycle().take(length).collect();
            assert_eq!(Value::of(&bytes).first(length), bytes);
        }
        // No more than there is, whatever a library says.
        assert_eq!(Value::of(b"abc").first(100), b"abc");
    }
}
