//! What is in the names of AWS: ARNs, names of endpoint services, ids of zones.

/// The Region of an ARN: `arn:aws:…:REGION:…`.
pub fn region_of_arn(arn: &str) -> Option<&str> {
    let region = arn.split(':').nth(3)?;
    Some(region).filter(|region| !region.is_empty())
}

/// The account of an ARN.
pub fn account_of_arn(arn: &str) -> Option<&str> {
    let account = arn.split(':').nth(4)?;
    Some(account).filter(|account| is_account(account))
}

/// What follows `loadbalancer/` or `targetgroup/` in an ARN, with dots for slashes:
/// `net.NAME.ID`, or `NAME.ID`. Names the files of the commands that say in their
/// answer nothing of what they were asked about.
pub fn file_key_of_arn(arn: &str) -> Option<String> {
    let resource = arn.splitn(6, ':').nth(5)?;
    let (_, rest) = resource.split_once('/')?;
    Some(rest.replace('/', "."))
}

/// Twelve digits.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The parts of `com.amazonaws.vpce.REGION.vpce-svc-…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndpointServiceName<'a> {
    /// `eu-central-1`
    pub region: &'a str,
    /// `vpce-svc-…`
    pub service_id: &'a str,
}

impl<'a> EndpointServiceName<'a> {
    /// Reads a name that has the form of the API model: 20 to 64 characters,
    /// `(com|eu).amazonaws.vpce.` Region `.vpce-svc-` and letters and digits.
    pub fn parse(name: &'a str) -> Option<Self> {
        if !(20..=64).contains(&name.len()) {
            return None;
        }
        let rest = name
            .strip_prefix("com.amazonaws.vpce.")
            .or_else(|| name.strip_prefix("eu.amazonaws.vpce."))?;
        let (region, service_id) = rest.split_once('.')?;
        let serial = service_id.strip_prefix("vpce-svc-")?;
        let lower = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        (is_region(region) && !serial.is_empty() && serial.bytes().all(lower))
            .then_some(Self { region, service_id })
    }
}

/// `([a-z]+-){2,3}\d+`
pub fn is_region(text: &str) -> bool {
    let mut parts: Vec<_> = text.split('-').collect();
    let Some(number) = parts.pop() else {
        return false;
    };
    let word = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    (2..=3).contains(&parts.len())
        && parts.iter().all(word)
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_name_is_taken_apart() {
        let name = "com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0";
        let read = EndpointServiceName::parse(name).unwrap();
        assert_eq!(read.region, "eu-central-1");
        assert_eq!(read.service_id, "vpce-svc-0123456789abcdef0");
        assert!(
            EndpointServiceName::parse("eu.amazonaws.vpce.eusc-de-east-1.vpce-svc-0").is_some()
        );
        for wrong in [
            "com.amazonaws.vpce.eu-central-1.vpce-svc-",
            "com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789ABCDEF0",
            "com.amazonaws.vpce.central-1.vpce-svc-0123456789abcdef0",
            "com.amazonaws.eu-central-1.kms",
            "com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0123456789",
        ] {
            assert_eq!(EndpointServiceName::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn arns_are_taken_apart() {
        let arn = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/net/xks/5";
        assert_eq!(region_of_arn(arn), Some("eu-central-1"));
        assert_eq!(account_of_arn(arn), Some("111122223333"));
        assert_eq!(file_key_of_arn(arn).as_deref(), Some("net.xks.5"));
        assert_eq!(account_of_arn("arn:aws:iam::aws:x"), None);
        assert_eq!(file_key_of_arn("x"), None);
    }
}
