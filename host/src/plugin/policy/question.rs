//! What makes two requests the same to a policy: everything that it is told but
//! the id of the request.

use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;

use crate::words::{Caller, Operation, RequestContext};

/// Largest context whose decision is remembered, in bytes of text: the longest
/// ARNs fit, and what is remembered stays bounded.
const SMALL: usize = 8 << 10;

/// A request context without its `kms-request-id`.
pub(super) struct Question {
    context: Arc<RequestContext>,
    digest: u64,
}

impl Question {
    /// `hasher` is keyed at random: whoever writes requests must not know which of them
    /// fall on one place.
    pub(super) fn new(context: Arc<RequestContext>, hasher: &impl BuildHasher) -> Self {
        let digest = hasher.hash_one(parts(&context));
        Self { context, digest }
    }

    /// Of everything that makes it another question.
    pub(super) fn digest(&self) -> u64 {
        self.digest
    }

    pub(super) fn is_small(&self) -> bool {
        self.text_bytes() <= SMALL
    }

    /// About how much memory it takes up.
    pub(super) fn bytes(&self) -> usize {
        size_of::<RequestContext>() + self.text_bytes()
    }

    fn text_bytes(&self) -> usize {
        let (_, texts, optional, unknown) = parts(&self.context);
        let pairs = unknown.iter().map(|(name, value)| name.len() + value.len());
        let texts = texts.into_iter().chain(optional.into_iter().flatten());
        texts.map(str::len).chain(pairs).sum()
    }
}

/// Operation, required texts, optional texts, unknown fields.
type Parts<'c> = (
    Operation,
    [&'c str; 5],
    [Option<&'c str>; 4],
    &'c [(String, String)],
);

/// Every field is named, so that a new one cannot be forgotten.
fn parts(context: &RequestContext) -> Parts<'_> {
    let RequestContext {
        key_store,
        operation,
        key_id,
        caller,
    } = context;
    let Caller {
        credential,
        aws_principal_arn,
        kms_operation,
        kms_request_id: _,
        kms_key_arn,
        aws_source_vpc,
        aws_source_vpce,
        kms_via_service,
        unknown_fields,
    } = caller;
    (
        *operation,
        [
            key_store,
            key_id.as_str(),
            credential,
            aws_principal_arn,
            kms_operation,
        ],
        [
            kms_key_arn.as_deref(),
            aws_source_vpc.as_deref(),
            aws_source_vpce.as_deref(),
            kms_via_service.as_deref(),
        ],
        unknown_fields,
    )
}

impl PartialEq for Question {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest && parts(&self.context) == parts(&other.context)
    }
}

impl Eq for Question {}

impl Hash for Question {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.digest.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher as _;

    use super::*;
    use crate::words::KeyId;

    fn context() -> RequestContext {
        RequestContext {
            key_store: "demo".into(),
            operation: Operation::Encrypt,
            key_id: id("key"),
            caller: Caller {
                credential: "AKIA".into(),
                aws_principal_arn: "arn".into(),
                kms_operation: "Encrypt".into(),
                kms_request_id: "1".into(),
                kms_key_arn: Some("arn:key".into()),
                ..Caller::default()
            },
        }
    }

    fn id(text: &str) -> KeyId {
        KeyId::try_from(Arc::from(text)).unwrap()
    }

    fn changed(change: impl FnOnce(&mut RequestContext)) -> Question {
        let mut context = context();
        change(&mut context);
        let hasher = std::hash::BuildHasherDefault::<std::hash::DefaultHasher>::default();
        Question::new(Arc::new(context), &hasher)
    }

    #[test]
    fn xks_113_a_decision_is_repeated_for_another_request_id_and_for_nothing_else() {
        let asked = changed(|_| ());
        let hasher = std::hash::RandomState::new();
        let again = changed(|context| context.caller.kms_request_id = "2".into());
        assert!(asked == again);
        assert_eq!(hasher.hash_one(&asked), hasher.hash_one(&again));

        let text = || Arc::<str>::from("other");
        let others = [
            changed(|context| context.key_store = "other".into()),
            changed(|context| context.operation = Operation::Decrypt),
            changed(|context| context.key_id = id("other")),
            changed(|context| context.caller.credential = text()),
            changed(|context| context.caller.aws_principal_arn = text()),
            changed(|context| context.caller.kms_operation = text()),
            changed(|context| context.caller.kms_key_arn = None),
            changed(|context| context.caller.aws_source_vpc = Some(text())),
            changed(|context| context.caller.aws_source_vpce = Some(text())),
            changed(|context| context.caller.kms_via_service = Some("".into())),
            changed(|context| {
                context.caller.unknown_fields = [("a".to_owned(), "b".to_owned())].into();
            }),
        ];
        for (number, other) in others.iter().enumerate() {
            assert!(asked != *other, "{number}");
            // Or they would all fall on one place, and a tenant could choose that.
            assert_ne!(asked.digest(), other.digest(), "{number}");
        }
    }

    #[test]
    fn xks_047_two_arns_of_2048_characters_are_small_and_64_kib_are_not() {
        assert!(
            changed(|context| context.caller.kms_key_arn = Some("a".repeat(4096).into()))
                .is_small()
        );
        assert!(
            !changed(|context| context.caller.aws_principal_arn = "a".repeat(64 << 10).into())
                .is_small()
        );
    }
}
