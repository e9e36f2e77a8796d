//! Steps, variables, expectations and waiting.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use aws_sdk_kms::Client;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::call::call;

/// How long a condition may take to come true.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(20);

type Variables = BTreeMap<String, String>;

/// Runs all steps; ends the process at the first that goes wrong.
pub async fn run(client: &Client) {
    let given = std::env::var("CLAVIGER_SDK_TEST").expect("CLAVIGER_SDK_TEST");
    let given: BTreeMap<String, String> = serde_json::from_str(&given).expect("JSON");
    let steps = std::fs::read(&given["scenario"]).expect("the scenario");
    let steps: Vec<Value> = serde_json::from_slice(&steps).expect("JSON");
    let mut variables = given;
    for length in [4096, 4097] {
        variables.insert(
            format!("{length} bytes"),
            STANDARD.encode(vec![b'p'; length]),
        );
    }
    let mut failures = 0;
    for (number, step) in steps.iter().enumerate() {
        if let Err(problem) = take(client, step, &mut variables).await {
            eprintln!("step {number}: {problem}\n{step:#}");
            std::process::exit(1);
        }
        failures += usize::from(step.get("fails").is_some());
    }
    println!(
        "{} steps, {failures} of them failures that were provoked",
        steps.len()
    );
}

async fn take(client: &Client, step: &Value, variables: &mut Variables) -> Result<(), String> {
    let operation = step["do"].as_str().expect("an operation");
    let parameters = filled(step.get("with").unwrap_or(&Value::Null), variables);
    if let Some(wanted) = step.get("fails") {
        let wanted = filled(wanted, variables);
        let Err(refused) = call(client, operation, &parameters).await else {
            return Err("succeeded".to_owned());
        };
        let name = wanted["as"].as_str().expect("a name");
        if refused.name != name {
            return Err(format!("{refused:?}"));
        }
        if refused.is_modelled == (name == "ValidationException") {
            return Err(format!("not the SDK's own variant: {refused:?}"));
        }
        return match wanted.get("saying").and_then(Value::as_str) {
            Some(message) if message != refused.message => Err(format!("{refused:?}")),
            _ => Ok(()),
        };
    }
    let until = filled(step.get("until").unwrap_or(&Value::Null), variables);
    let began = Instant::now();
    let answer = loop {
        let answer = call(client, operation, &parameters).await;
        let answer = answer.map_err(|refused| format!("{refused:?}"))?;
        if agrees(&answer, &until).is_ok() {
            break answer;
        }
        if began.elapsed() > PATIENCE {
            return Err(answer.to_string());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    };
    agrees(
        &answer,
        &filled(step.get("gives").unwrap_or(&Value::Null), variables),
    )?;
    for (name, pointer) in step
        .get("keep")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let pointer = pointer.as_str().expect("a pointer");
        let text = answer.pointer(pointer).and_then(Value::as_str);
        variables.insert(name.clone(), text.ok_or(pointer)?.to_owned());
    }
    Ok(())
}

fn agrees(answer: &Value, wanted: &Value) -> Result<(), String> {
    for (pointer, value) in wanted.as_object().into_iter().flatten() {
        if answer.pointer(pointer) != Some(value) {
            return Err(format!("{pointer} is {:?}", answer.pointer(pointer)));
        }
    }
    Ok(())
}

fn filled(value: &Value, variables: &Variables) -> Value {
    match value {
        Value::String(text) => {
            let mut text = text.clone();
            for (name, value) in variables {
                text = text.replace(&format!("${{{name}}}"), value);
            }
            assert!(!text.contains("${"), "{text}");
            text.into()
        }
        Value::Array(values) => values
            .iter()
            .map(|value| filled(value, variables))
            .collect(),
        Value::Object(members) => {
            let members = members.iter();
            members
                .map(|(name, value)| (name.clone(), filled(value, variables)))
                .collect()
        }
        other => other.clone(),
    }
}
