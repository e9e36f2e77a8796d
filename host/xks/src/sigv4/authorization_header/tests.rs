use super::*;

const SIGNATURE: &str = "1164eaa8e79eacaa9c0df54aa42f3b300380d14bedfc08e3b319648d4abfff66";
const CREDENTIAL: &str =
    "Credential=AKIAI2SFODNN7EXAMPLE/20211009/us-west-2/kms-xks-proxy/aws4_request";

fn fault(value: &str) -> AuthorizationHeaderFault {
    AuthorizationHeader::parse(value.as_bytes()).unwrap_err()
}

#[test]
fn xks_026_header_of_the_specification_is_read() {
    let value = format!(
        "AWS4-HMAC-SHA256 {CREDENTIAL}, SignedHeaders=host;x-amz-date, Signature={SIGNATURE}"
    );
    let header = AuthorizationHeader::parse(value.as_bytes()).unwrap();
    assert_eq!(header.access_key_id(), "AKIAI2SFODNN7EXAMPLE");
    assert_eq!(header.scope().date(), "20211009");
    assert_eq!(header.scope().region(), "us-west-2");
    assert_eq!(
        header.scope().as_str(),
        "20211009/us-west-2/kms-xks-proxy/aws4_request"
    );
    assert_eq!(header.signed_headers().as_str(), "host;x-amz-date");
    assert_eq!(
        header.signed_headers().iter().collect::<Vec<_>>(),
        ["host", "x-amz-date"]
    );
    assert_eq!(header.signature(), SIGNATURE);
}

#[test]
fn xks_026_parts_may_come_in_any_order_with_or_without_spaces() {
    let value = format!("AWS4-HMAC-SHA256 Signature={SIGNATURE},SignedHeaders=a;b ,  {CREDENTIAL}");
    assert!(AuthorizationHeader::parse(value.as_bytes()).is_ok());
}

#[test]
fn xks_026_other_algorithms_and_forms_are_refused() {
    use AuthorizationHeaderFault as Fault;

    let rest = format!("{CREDENTIAL}, SignedHeaders=host, Signature={SIGNATURE}");
    for algorithm in [
        "",
        "AWS4-HMAC-SHA256,",
        "AWS4-HMAC-SHA1 ",
        "AWS4-ECDSA-P256-SHA256 ",
        "Bearer ",
        "aws4-hmac-sha256 ",
    ] {
        assert_eq!(
            fault(&format!("{algorithm}{rest}")),
            Fault::Algorithm,
            "{algorithm}"
        );
    }
    assert_eq!(fault("AWS4-HMAC-SHA256"), Fault::Algorithm);
    assert_eq!(fault("AWS4-HMAC-SHA256 "), Fault::Part);
    for extra in [", ", ", Signature=00", ", Extra=1", " x"] {
        let found = fault(&format!("AWS4-HMAC-SHA256 {rest}{extra}"));
        assert!(matches!(found, Fault::Part | Fault::Signature), "{extra}");
    }
    assert_eq!(fault("AWS4-HMAC-SHA256 \u{e9}"), Fault::NotPrintable);
    assert_eq!(fault(&"A".repeat(MAX_BYTES + 1)), Fault::TooLong);
}

#[test]
fn xks_026_scope_names_service_and_terminator_literally() {
    for scope in [
        "AKIAI2SFODNN7EXAMPLE/20211009/us-west-2/kms/aws4_request",
        "AKIAI2SFODNN7EXAMPLE/20211009/us-west-2/kms-xks-proxy/aws4",
        "AKIAI2SFODNN7EXAMPLE/20211009/us-west-2/kms-xks-proxy",
        "AKIAI2SFODNN7EXAMPLE/20211009/us-west-2/kms-xks-proxy/aws4_request/",
        "AKIAI2SFODNN7EXAMPLE/2021109/us-west-2/kms-xks-proxy/aws4_request",
        "AKIAI2SFODNN7EXAMPLE/2021100x/us-west-2/kms-xks-proxy/aws4_request",
        "AKIAI2SFODNN7EXAMPLE/20211009//kms-xks-proxy/aws4_request",
        "AKIAI2SFODNN7EXAMPLE/20211009/us west/kms-xks-proxy/aws4_request",
        "A/B/20211009/us-west-2/kms-xks-proxy/aws4_request",
    ] {
        let value = format!(
            "AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={SIGNATURE}"
        );
        assert_eq!(fault(&value), AuthorizationHeaderFault::Scope, "{scope}");
    }
}

#[test]
fn xks_027_signed_headers_are_lower_case_and_sorted() {
    for names in [
        "",
        "Host",
        "x-amz-date;host",
        "host;host",
        "host;",
        ";host",
        "a b",
        "host:",
    ] {
        let value =
            format!("AWS4-HMAC-SHA256 {CREDENTIAL}, SignedHeaders={names}, Signature={SIGNATURE}");
        assert_eq!(
            fault(&value),
            AuthorizationHeaderFault::SignedHeaders,
            "{names}"
        );
    }
    let many = |count: usize| {
        let names: Vec<_> = (0..count).map(|index| format!("h{index:03}")).collect();
        format!(
            "AWS4-HMAC-SHA256 {CREDENTIAL}, SignedHeaders={}, Signature={SIGNATURE}",
            names.join(";")
        )
    };
    assert!(AuthorizationHeader::parse(many(MAX_SIGNED_HEADERS).as_bytes()).is_ok());
    assert_eq!(
        fault(&many(MAX_SIGNED_HEADERS + 1)),
        AuthorizationHeaderFault::SignedHeaders
    );
}

#[test]
fn xks_026_signature_is_64_lower_case_hexadecimal_digits() {
    for signature in [
        "",
        &SIGNATURE[1..],
        &SIGNATURE.to_uppercase(),
        &format!("{SIGNATURE}0"),
    ] {
        let value =
            format!("AWS4-HMAC-SHA256 {CREDENTIAL}, SignedHeaders=host, Signature={signature}");
        assert_eq!(
            fault(&value),
            AuthorizationHeaderFault::Signature,
            "{signature}"
        );
    }
}
