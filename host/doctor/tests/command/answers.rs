//! AWS's answers, as the script writes them to files, and one thing changed in them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::harness::folder;

pub(crate) const KEY_STORES: &str = "kms-custom-key-stores";
pub(crate) const CONFIGURATIONS: &str = "ec2-vpc-endpoint-service-configurations";
pub(crate) const SERVICES: &str = "ec2-vpc-endpoint-services";
pub(crate) const PERMISSIONS: &str =
    "ec2-vpc-endpoint-service-permissions.vpce-svc-0123456789abcdef0";
pub(crate) const CONNECTIONS: &str = "ec2-vpc-endpoint-connections";
pub(crate) const LOAD_BALANCERS: &str = "elbv2-load-balancers";
pub(crate) const LISTENERS: &str = "elbv2-listeners.net.xks.50dc6c495c0c9188";
pub(crate) const TARGET_GROUPS: &str = "elbv2-target-groups.net.xks.50dc6c495c0c9188";
pub(crate) const TARGET_HEALTH: &str = "elbv2-target-health.xks.73e2d6bc24d8a067";
pub(crate) const ROUTE_TABLES: &str = "ec2-route-tables";
pub(crate) const SECURITY_GROUPS: &str = "ec2-security-groups";
pub(crate) const CLUSTERS: &str = "cloudhsmv2-clusters";
pub(crate) const EVENTS: &str = "cloudtrail-events";
pub(crate) const CERTIFICATE: &str = "acm-certificate.12345678-1234-1234-1234-123456789012";
pub(crate) const CERTIFICATE_ARN: &str =
    "arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012";

/// Answers of AWS by the names of their files.
#[derive(Clone)]
pub(crate) struct Answers(BTreeMap<String, Value>);

impl Answers {
    /// Those with which nothing is wrong.
    pub(crate) fn good() -> Self {
        let mut answers = BTreeMap::new();
        for entry in fs::read_dir(folder("aws-side")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let text = fs::read_to_string(&path).unwrap();
            answers.insert(name, serde_json::from_str(&text).unwrap());
        }
        Self(answers)
    }

    /// With another value in one place, which must have been there.
    pub(crate) fn set(mut self, file: &str, pointer: &str, value: impl Into<Value>) -> Self {
        let place = self.0.get_mut(file).unwrap().pointer_mut(pointer);
        *place.unwrap_or_else(|| panic!("{file} has no {pointer}")) = value.into();
        self
    }

    /// With another member in an object, or another value of one.
    pub(crate) fn add(
        mut self,
        file: &str,
        pointer: &str,
        name: &str,
        value: impl Into<Value>,
    ) -> Self {
        let place = self.0.get_mut(file).unwrap().pointer_mut(pointer).unwrap();
        let object = place.as_object_mut().unwrap();
        object.insert(name.to_owned(), value.into());
        self
    }

    /// With another element at the end of a list.
    pub(crate) fn push(mut self, file: &str, pointer: &str, value: Value) -> Self {
        let place = self.0.get_mut(file).unwrap().pointer_mut(pointer).unwrap();
        place.as_array_mut().unwrap().push(value);
        self
    }

    /// Without a member of an object.
    pub(crate) fn remove(mut self, file: &str, pointer: &str, name: &str) -> Self {
        let place = self.0.get_mut(file).unwrap().pointer_mut(pointer).unwrap();
        let removed = place.as_object_mut().unwrap().remove(name);
        assert!(removed.is_some(), "{file}{pointer} has no {name}");
        self
    }

    /// Without a file.
    pub(crate) fn without(mut self, file: &str) -> Self {
        assert!(self.0.remove(file).is_some(), "{file}");
        self
    }

    pub(crate) fn get(&self, file: &str, pointer: &str) -> Value {
        self.0[file].pointer(pointer).unwrap().clone()
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }

    /// Every place in every file that has a member of this name.
    pub(crate) fn pointers(&self) -> Vec<(String, String, String)> {
        let mut found = Vec::new();
        for (file, value) in &self.0 {
            collect(file, value, "", &mut found);
        }
        found
    }

    /// Writes the files.
    pub(crate) fn write(&self, folder: &Path) {
        for (name, value) in &self.0 {
            fs::write(folder.join(format!("{name}.json")), value.to_string()).unwrap();
        }
    }
}

fn collect(file: &str, value: &Value, at: &str, found: &mut Vec<(String, String, String)>) {
    match value {
        Value::Object(object) => {
            for (name, inner) in object {
                found.push((file.to_owned(), at.to_owned(), name.clone()));
                collect(file, inner, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(list) => {
            for (index, inner) in list.iter().enumerate() {
                collect(file, inner, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}
