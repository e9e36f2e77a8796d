//! Callers that a policy has to bear.

use crate::words::Caller;

/// Strings of a request, together, in bytes.
const STRINGS: usize = 64 << 10;

/// Callers with one thing that is not usual, and what that is. Texts that are empty are
/// as the trial has them.
pub(super) type Asked = Vec<(String, Caller)>;

pub(super) fn operations() -> Asked {
    [
        "ClavigerTrial",
        "encrypt",
        "ENCRYPT",
        " ",
        "Encrypt,Decrypt",
        "\u{e4}",
    ]
    .map(|operation| {
        let caller = Caller {
            kms_operation: operation.into(),
            ..Caller::default()
        };
        (
            format!("kms-operation `{}`", operation.escape_debug()),
            caller,
        )
    })
    .into()
}

pub(super) fn principals() -> Asked {
    [
        "ec2.amazonaws.com",
        "AWS Internal",
        "*",
        "arn:aws:iam::123456789012:root",
        "arn:aws-us-gov:sts::123456789012:assumed-role/A/b",
        ":::::",
        "-",
    ]
    .map(|principal| {
        let caller = Caller {
            aws_principal_arn: principal.into(),
            ..Caller::default()
        };
        (format!("aws-principal-arn `{principal}`"), caller)
    })
    .into()
}

pub(super) fn unknown_fields() -> Asked {
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    [
        vec![field("sourceIdentity", "\"Alice\"")],
        vec![
            field("enclave", r#"{"pcrs":[1,2],"deep":{"a":null}}"#),
            field("", "true"),
        ],
        (0..100)
            .map(|at| field(&format!("tag{at}"), "[]"))
            .collect(),
    ]
    .map(|fields| {
        let what = format!("{} unknown-fields", fields.len());
        let caller = Caller {
            unknown_fields: fields.into(),
            ..Caller::default()
        };
        (what, caller)
    })
    .into()
}

pub(super) fn long_texts() -> Asked {
    let long = format!("arn:aws:iam::123456789012:role/{}", "a".repeat(2048 - 31));
    let key = format!(
        "arn:aws:kms:us-east-1:123456789012:key/{}",
        "k".repeat(2048 - 39)
    );
    let whole = "a*?".repeat(STRINGS / 3 - 200);
    let strange = "\u{0}\n\r\t\u{1b}[31m\u{202e}\u{1f511}\"\\{}$(x)";
    let caller = Caller::default;
    vec![
        (
            "ARNs of 2048 characters".to_owned(),
            Caller {
                aws_principal_arn: (&*long).into(),
                kms_key_arn: Some(key.into()),
                ..caller()
            },
        ),
        (
            "a principal of 64 KiB".to_owned(),
            Caller {
                aws_principal_arn: (&*whole).into(),
                ..caller()
            },
        ),
        (
            "a kms-via-service of 64 KiB".to_owned(),
            Caller {
                kms_via_service: Some((&*whole).into()),
                ..caller()
            },
        ),
        (
            "a kms-key-arn of 64 KiB".to_owned(),
            Caller {
                kms_key_arn: Some(whole.into()),
                ..caller()
            },
        ),
        (
            "control characters".to_owned(),
            Caller {
                aws_principal_arn: strange.into(),
                kms_operation: strange.into(),
                aws_source_vpc: Some(strange.into()),
                ..caller()
            },
        ),
    ]
}
