//! Encrypt and Decrypt of the test proxy: AES-256-GCM with a key of its own.

use std::sync::atomic::{AtomicUsize, Ordering};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claviger_xks::error::XksError;
use claviger_xks::framing::{AdditionalAuthenticatedData, CiphertextMetadata, additional_data};
use claviger_xks::integrity::integrity_value;
use claviger_xks::request::{DecryptRequest, EncryptRequest};
use claviger_xks::response::DecryptResponse;
use serde_json::json;

use crate::switch::Switch;

pub(crate) struct Cipher {
    switch: Option<Switch>,
    key: LessSafeKey,
    encryptions: AtomicUsize,
}

impl Cipher {
    pub(crate) fn new(switch: Option<Switch>) -> Self {
        let mut key = [0; 32];
        rand::fill(&mut key).unwrap();
        Self {
            switch,
            key: LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).unwrap()),
            encryptions: AtomicUsize::new(0),
        }
    }

    fn is(&self, switch: Switch) -> bool {
        self.switch == Some(switch)
    }

    fn aad(&self, aad: &AdditionalAuthenticatedData, metadata: &CiphertextMetadata) -> Vec<u8> {
        match self.switch {
            Some(Switch::AadIgnored) => {
                additional_data(&AdditionalAuthenticatedData::default(), metadata)
            }
            Some(Switch::MetadataIgnored) => additional_data(aad, &CiphertextMetadata::NONE),
            Some(Switch::MetadataUnframed) => [aad.as_bytes(), metadata.as_bytes()].concat(),
            Some(Switch::EmptyAadIsNotAbsent) if aad.present() == Some(&[]) => vec![1],
            _ => additional_data(aad, metadata),
        }
    }

    pub(crate) fn encrypt(&self, request: &EncryptRequest) -> Result<Vec<u8>, XksError> {
        let (plaintext, aad) = (&request.plaintext, &request.additional_authenticated_data);
        if self.is(Switch::LargePlaintextRefused) && plaintext.len() > 4096
            || self.is(Switch::LargeAadRefused) && aad.as_bytes().len() > 4096
        {
            return Err(XksError::UnsupportedOperation);
        }
        let number = self.encryptions.fetch_add(1, Ordering::SeqCst);
        let mut vector = [0; 12];
        let repeated = match self.switch {
            Some(Switch::VectorRepeated) => true,
            Some(Switch::VectorSometimesRepeated) => number.is_multiple_of(60),
            _ => false,
        };
        if !repeated {
            rand::fill(&mut vector).unwrap();
        }
        let metadata = CiphertextMetadata::new(b"key 1").unwrap();
        let mut ciphertext = plaintext.to_vec();
        let tag = self
            .key
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(vector),
                Aad::from(self.aad(aad, &metadata)),
                &mut ciphertext,
            )
            .unwrap();
        let framed = additional_data(aad, &metadata);
        let hashed_aad = match self.switch {
            Some(Switch::IntegrityValueFramed) => &framed,
            Some(Switch::IntegrityValueWithoutAad) => &b""[..],
            _ => aad.as_bytes(),
        };
        let value = integrity_value(
            hashed_aad,
            metadata.as_bytes(),
            &vector,
            &ciphertext,
            tag.as_ref(),
        );
        let encode = |bytes: &[u8]| STANDARD.encode(bytes);
        let mut answer = json!({
            "ciphertext": encode(&ciphertext),
            "ciphertextMetadata": encode(metadata.as_bytes()),
            "initializationVector": encode(&vector),
            "authenticationTag": encode(tag.as_ref()),
        });
        if request.integrity_value_wanted && !self.is(Switch::IntegrityValueAbsent) {
            answer["ciphertextDataIntegrityValue"] = json!(encode(&value));
        }
        match self.switch {
            Some(Switch::CiphertextLonger) => {
                answer["ciphertext"] = json!(encode(&[&*ciphertext, tag.as_ref()].concat()));
            }
            Some(Switch::VectorOf11) => answer["initializationVector"] = json!(encode(&[0; 11])),
            Some(Switch::TagOf12) => answer["authenticationTag"] = json!(encode(&[0; 12])),
            Some(Switch::MetadataOf21) => answer["ciphertextMetadata"] = json!(encode(&[0; 21])),
            Some(Switch::TagAbsent) => {
                answer.as_object_mut().unwrap().remove("authenticationTag");
            }
            _ => {}
        }
        Ok(answer.to_string().into_bytes())
    }

    pub(crate) fn decrypt(&self, request: &DecryptRequest) -> Result<Vec<u8>, XksError> {
        let opened = self.open(request);
        let mut plaintext = match opened {
            Some(plaintext) => plaintext,
            None if self.is(Switch::TagUnchecked) => vec![0; request.ciphertext.len()],
            None if self.is(Switch::TamperedIsInternal) => return Err(XksError::Internal),
            None => return Err(XksError::InvalidCiphertext),
        };
        if self.is(Switch::OtherPlaintext) {
            plaintext[0] ^= 1;
        }
        let response = DecryptResponse {
            plaintext: &plaintext,
        };
        Ok(response.to_json().to_vec())
    }

    fn open(&self, request: &DecryptRequest) -> Option<Vec<u8>> {
        let aad = self.aad(
            &request.additional_authenticated_data,
            &request.ciphertext_metadata,
        );
        let nonce = Nonce::try_assume_unique_for_key(&request.initialization_vector).ok()?;
        let mut sealed = [&*request.ciphertext, &request.authentication_tag].concat();
        let plaintext = self.key.open_in_place(nonce, Aad::from(aad), &mut sealed);
        plaintext.ok().map(|plaintext| plaintext.to_vec())
    }
}
