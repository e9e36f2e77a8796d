//! What is accepted of a KMIP server's answer is an answer to what was asked, and fits.

#![no_main]

use claviger_kmip::{
    Ask, Decrypt, DiscoverVersions, Encrypt, Failure, GetAttributes, Locate, MOST_BYTES, Query,
    TAG, answers, length,
};
use libfuzzer_sys::fuzz_target;

/// As in the seeds.
const IDENTIFIER: &str = "1";
const TEXT: [u8; 32] = [0; 32];
const IV: [u8; 12] = [0xA0; 12];

fuzz_target!(|message: &[u8]| {
    let Some((head, body)) = message.split_first_chunk() else {
        return;
    };
    assert!(length(*head).is_ok_and(|length| length <= MOST_BYTES) || length(*head).is_err());
    let encrypt = |initialization_vector| Encrypt {
        identifier: IDENTIFIER,
        plaintext: &TEXT,
        additional_data: b"additional data",
        initialization_vector,
    };
    for vector in [None, Some(&IV[..])] {
        for sealed in each(body, &[encrypt(vector)]).chain(each(body, &[encrypt(vector); 3])) {
            assert_eq!(sealed.data.len(), TEXT.len());
            assert_eq!(sealed.tag.len(), TAG);
            match vector {
                Some(given) => assert_eq!(sealed.initialization_vector, given),
                None => assert!(matches!(sealed.initialization_vector.len(), 12 | 16)),
            }
        }
    }
    let decrypt = Decrypt {
        identifier: IDENTIFIER,
        data: &TEXT,
        additional_data: b"",
        initialization_vector: &IV,
        tag: &[0; TAG],
    };
    assert!(each(body, &[decrypt]).all(|plaintext| plaintext.len() == TEXT.len()));
    let attributes = GetAttributes {
        identifier: IDENTIFIER,
    };
    for read in each(body, &[attributes]) {
        assert!(read.names.len() <= 32 && read.names.iter().all(|name| name.len() <= 512));
    }
    let locate = Locate {
        name: None,
        most: 2,
    };
    for found in each(body, &[locate]) {
        assert!(found.len() <= 4096);
        assert!(found.iter().all(|it| (1..=512).contains(&it.len())));
    }
    for server in each(body, &[Query]) {
        assert!(server.vendor.len() <= 80 && server.operations.len() <= 256);
    }
    assert!(each(body, &[DiscoverVersions(&[])]).all(|versions| versions.len() <= 256));
});

/// The answers to these questions; what a server says instead can stand in a log.
fn each<A: Ask>(body: &[u8], asks: &[A]) -> impl Iterator<Item = A::Answer> + use<A> {
    let answers = match answers(body, asks) {
        Ok(answers) => {
            assert_eq!(answers.len(), asks.len());
            answers
        }
        Err(failure) => vec![Err(failure)],
    };
    answers.into_iter().filter_map(|answer| match answer {
        Ok(answer) => Some(answer),
        Err(Failure::Malformed(_)) => None,
        Err(Failure::Refused(refusal)) => {
            assert!(refusal.message.len() <= 200);
            assert!(
                refusal
                    .message
                    .bytes()
                    .all(|byte| (0x20..=0x7e).contains(&byte))
            );
            None
        }
    })
}
