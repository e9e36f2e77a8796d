//! Denies the use of external keys for KMS keys outside some AWS Regions.
//!
//! It only ever denies: put it beside a policy that allows. While a KMS key is
//! being created the request does not say its Region yet, and passes.

use claviger_sdk::settings::Table;
use claviger_sdk::{AuthorizationPolicy, Decision, RequestContext};

struct Region {
    regions: Vec<String>,
}

claviger_sdk::authorization_policy!(Region);

impl AuthorizationPolicy for Region {
    const FRESH_FOR_MS: u32 = 500;

    fn configure(settings: &Table<'_>) -> Option<Self> {
        settings.require("regions", "write regions = [\"eu-central-1\"]");
        let regions = settings.texts("regions")?;
        if regions.is_empty() {
            settings.fault("regions", "it is empty", "name at least one Region");
        }
        for (index, region) in regions.iter().enumerate() {
            if !region.contains('-') {
                settings.fault_at(
                    "regions",
                    index,
                    "not an AWS Region",
                    "write its code, for example \"eu-central-1\"",
                );
            }
        }
        Some(Self {
            regions: regions.into_iter().map(str::to_owned).collect(),
        })
    }

    fn authorize(&self, request: &RequestContext) -> Decision {
        let Some(key) = &request.kms_key_arn else {
            return Decision::Abstain;
        };
        // arn:partition:kms:region:account:key/id
        match key.split(':').nth(3) {
            Some(region) if self.regions.iter().any(|allowed| allowed == region) => {
                Decision::Abstain
            }
            Some(_) => Decision::deny("regions", "the KMS key is in a Region that is not listed"),
            None => Decision::deny("regions", "the KMS key's ARN names no Region"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use claviger_sdk::{XksOperation, settings};

    fn decide(kms_key_arn: Option<&str>) -> Decision {
        let policy = settings::read(r#"{"regions":["eu-central-1"]}"#, Region::configure).unwrap();
        policy.authorize(&RequestContext {
            now: 0,
            key_store: "payments".into(),
            operation: XksOperation::Encrypt,
            external_key_id: "billing".into(),
            access_key_id: "CLAVIGEREXAMPLEKEYID234".into(),
            aws_principal_arn: "arn:aws:iam::111122223333:user/Alice".into(),
            kms_operation: "Encrypt".into(),
            kms_request_id: String::new(),
            kms_key_arn: kms_key_arn.map(str::to_owned),
            aws_source_vpc: None,
            aws_source_vpce: None,
            kms_via_service: None,
            unknown_fields: Vec::new(),
        })
    }

    #[test]
    fn only_other_regions_are_denied() {
        let inside = decide(Some("arn:aws:kms:eu-central-1:111122223333:key/1234"));
        assert_eq!(inside, Decision::Abstain);
        let outside = decide(Some("arn:aws:kms:us-east-1:111122223333:key/1234"));
        assert!(matches!(outside, Decision::Deny(_)));
        assert!(matches!(decide(Some("key/1234")), Decision::Deny(_)));
        assert_eq!(decide(None), Decision::Abstain);
    }
}
