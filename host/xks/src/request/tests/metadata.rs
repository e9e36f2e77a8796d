//! What `requestMetadata` must, may and need not be.

use super::*;

#[test]
fn xks_043_required_metadata_is_a_string() {
    for (parse, body, required) in all() {
        assert_eq!(parse(&body), Ok(()));
        for name in required {
            let pointer = format!("/requestMetadata/{name}");
            assert!(
                is_validation(parse(&without(body.clone(), &pointer))),
                "{name}"
            );
            for other in [Value::Null, json!(1), json!(true), json!([]), json!({})] {
                assert!(
                    is_validation(parse(&with(body.clone(), &pointer, other))),
                    "{name}"
                );
            }
        }
        assert!(is_validation(parse(&without(
            body.clone(),
            "/requestMetadata"
        ))));
        for other in [Value::Null, json!({}), json!([]), json!("a"), json!(1)] {
            assert!(is_validation(parse(&with(
                body.clone(),
                "/requestMetadata",
                other
            ))));
        }
    }
}

#[test]
fn xks_044_source_and_service_are_optional() {
    for (parse, mut body, _) in all().into_iter().take(3) {
        for name in ["awsSourceVpc", "awsSourceVpce", "kmsViaService"] {
            let pointer = format!("/requestMetadata/{name}");
            assert_eq!(parse(&with(body.clone(), &pointer, Value::Null)), Ok(()));
            assert!(is_validation(parse(&with(body.clone(), &pointer, 1))));
            body = with(body, &pointer, "x");
            assert_eq!(parse(&body), Ok(()));
        }
    }
    let body = with(metadata_body(), "/requestMetadata/awsSourceVpce", "vpce-1");
    let request = GetKeyMetadataRequest::parse(body.to_string().as_bytes()).unwrap();
    assert_eq!(request.metadata.aws_source_vpce.as_deref(), Some("vpce-1"));
    assert_eq!(request.metadata.aws_source_vpc, None);
    assert_eq!(request.metadata.kms_key_arn, None);
}

#[test]
fn xks_045_any_operation_is_taken() {
    for (parse, body, _) in all() {
        for operation in ["DescribeKey", "BulkEncrypt", ""] {
            assert_eq!(
                parse(&with(
                    body.clone(),
                    "/requestMetadata/kmsOperation",
                    operation
                )),
                Ok(())
            );
        }
    }
}

#[test]
fn xks_046_request_id_is_opaque() {
    for (parse, body, _) in all() {
        for id in ["", "not a uuid", "\u{1f600}\n", &"i".repeat(4096)] {
            assert_eq!(
                parse(&with(body.clone(), "/requestMetadata/kmsRequestId", id)),
                Ok(())
            );
        }
    }
}

#[test]
fn xks_047_arns_of_2048_characters_are_taken() {
    let arn = format!("arn:aws:iam::123456789012:user/{}", "a".repeat(2017));
    assert_eq!(arn.len(), 2048);
    for (parse, body, _) in all().into_iter().take(3) {
        let body = with(body, "/requestMetadata/awsPrincipalArn", arn.as_str());
        assert_eq!(
            parse(&with(body, "/requestMetadata/kmsKeyArn", arn.as_str())),
            Ok(())
        );
    }
}

#[test]
fn xks_048_principals_need_not_be_arns() {
    for (parse, body, _) in all().into_iter().take(3) {
        for principal in [
            "ec2.amazonaws.com",
            "AWS Internal",
            "",
            "arn:aws:kms:::/key/",
        ] {
            let pointer = "/requestMetadata/awsPrincipalArn";
            assert_eq!(parse(&with(body.clone(), pointer, principal)), Ok(()));
        }
    }
}

#[test]
fn xks_049_unknown_members_are_ignored_or_handed_on() {
    for (parse, body, _) in all() {
        let body = with(body, "/tags", json!([{"a": 1}, null]));
        assert_eq!(
            parse(&with(
                body,
                "/requestMetadata/SourceIdentity",
                json!({"b": "c"})
            )),
            Ok(())
        );
    }
    let body = br#"{"requestMetadata":{"z":{"y":[1,"\u0041"]},"awsPrincipalArn":"p",
        "kmsOperation":"o","SourceIdentity":"Bob","kmsRequestId":"r","kmsKeyArn":"k"},"x":1}"#;
    let metadata = GetKeyMetadataRequest::parse(body).unwrap().metadata;
    assert_eq!(metadata.kms_key_arn.as_deref(), Some("k"));
    let unknown = [("z", r#"{"y":[1,"A"]}"#), ("SourceIdentity", "\"Bob\"")];
    assert_eq!(
        metadata.unknown,
        unknown.map(|(name, text)| (name.to_owned(), text.to_owned()))
    );
}
