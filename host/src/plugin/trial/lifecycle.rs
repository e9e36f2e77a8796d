//! What every plugin does: it says what it is, and reads its settings.

use claviger_doctor::catalogue::Check;
use serde_json::{Map, Value};

use super::outcome::{Instead, Outcome, hold};
use super::subject::Offered;
use super::{Entry, Trial, check, entry};
use crate::plugin::contract::World;
use crate::plugin::instance::SettingsFault;

static L01: Check = check(
    "L01",
    "lifecycle.describe: name, version and vendor, before any settings",
    "describe of an instance that has not been configured",
    "answer describe with 1 to 128 printable characters each, and without settings",
);
static L02: Check = check(
    "L02",
    "lifecycle.description: the schema is JSON and knows the settings",
    "settings-schema of describe, and the settings of this trial",
    "make settings-schema the JSON Schema of an object with all settings in `properties`",
);
static L03: Check = check(
    "L03",
    "lifecycle.validate and configure: good settings are taken",
    "validate, then configure, with the settings of this trial",
    "give settings that are right: --settings FILE; or correct the plugin",
);
static L04: Check = check(
    "L04",
    "lifecycle.validate: a setting that does not exist is refused",
    "validate with one member more",
    "return a fault for each unknown member, with its name as the path",
);
static L05: Check = check(
    "L05",
    "lifecycle.validate: a value of another type is refused, with its path",
    "validate with each setting in turn replaced by a value of another type",
    "return a fault whose path is that of the setting, for example `statements[2].effect`",
);
static L06: Check = check(
    "L06",
    "lifecycle.validate: every fault is returned, not only the first",
    "validate with two members that do not exist",
    "go on after the first fault: an operator corrects all of them at once",
);

/// The checks of every plugin.
pub(super) fn entries<W: World>() -> [Entry<W>; 6] {
    [
        entry(&L01, None, |trial| Box::pin(describes_itself(trial))),
        entry(&L02, Some(&L01), |trial| Box::pin(has_a_schema(trial))),
        entry(&L03, Some(&L01), |trial| {
            Box::pin(takes_good_settings(trial))
        }),
        entry(&L04, Some(&L03), |trial| Box::pin(refuses_unknown(trial))),
        entry(&L05, Some(&L03), |trial| {
            Box::pin(refuses_other_types(trial))
        }),
        entry(&L06, Some(&L03), |trial| {
            Box::pin(returns_every_fault(trial))
        }),
    ]
}

async fn describes_itself<W: World>(trial: &Trial<'_, W>) -> Outcome {
    let described = trial.subject.describe::<W>().await;
    let (it, _) = described.map_err(|fault| Instead::of("describe", &fault))?;
    Ok(format!("{} {}, by {}", it.name, it.version, it.vendor))
}

async fn has_a_schema<W: World>(trial: &Trial<'_, W>) -> Outcome {
    let described = trial.subject.describe::<W>().await;
    let (description, _) = described.map_err(|fault| Instead::of("describe", &fault))?;
    let Some(schema) = description.settings_schema else {
        return Ok("there is none".to_owned());
    };
    let schema: Value = serde_json::from_str(&schema)
        .map_err(|error| Instead::Breach(format!("the schema is not JSON: {error}")))?;
    let Some(object) = schema.as_object() else {
        return Err(Instead::Breach("the schema is no object".to_owned()));
    };
    hold(object.get("type").is_none_or(|it| it == "object"), || {
        "the schema is not that of an object".to_owned()
    })?;
    let known = object.get("properties").and_then(Value::as_object);
    let closed = object.get("additionalProperties") == Some(&Value::Bool(false));
    let given = good_settings(trial)?.1;
    let missing = given
        .keys()
        .find(|&name| closed && known.is_none_or(|it| !it.contains_key(name)));
    match missing {
        Some(name) => Err(Instead::Breach(format!("`{name}` is not in the schema"))),
        None => Ok(format!("{} settings", known.map_or(0, Map::len))),
    }
}

async fn takes_good_settings<W: World>(trial: &Trial<'_, W>) -> Outcome {
    let _pool = trial.subject.pool::<W>().await?;
    Ok(String::new())
}

async fn refuses_unknown<W: World>(trial: &Trial<'_, W>) -> Outcome {
    let (_, mut settings) = good_settings(trial)?;
    settings.insert(UNKNOWN[0].to_owned(), 1.into());
    let faults = refused(trial, settings, UNKNOWN[0]).await?;
    names(&faults, UNKNOWN[0])?;
    Ok(String::new())
}

async fn returns_every_fault<W: World>(trial: &Trial<'_, W>) -> Outcome {
    let (_, mut settings) = good_settings(trial)?;
    for name in UNKNOWN {
        settings.insert(name.to_owned(), 1.into());
    }
    let faults = refused(trial, settings, "two settings that do not exist").await?;
    for name in UNKNOWN {
        names(&faults, name)?;
    }
    Ok(String::new())
}

async fn refuses_other_types<W: World>(trial: &Trial<'_, W>) -> Outcome {
    let (_, good) = good_settings(trial)?;
    if good.is_empty() {
        let why = "this trial has no settings: --settings FILE";
        return Err(Instead::Skipped(why.to_owned()));
    }
    for (name, value) in &good {
        for other in others(value) {
            let mut settings = good.clone();
            let what = format!("{name} = {other}");
            settings.insert(name.clone(), other);
            let faults = refused(trial, settings, &what).await?;
            names(&faults, name)?;
        }
    }
    Ok(format!("{} settings", good.len()))
}

/// Settings that no plugin has.
const UNKNOWN: [&str; 2] = ["claviger_trial_one", "claviger_trial_two"];

/// Values of other types. A number is not told from another kind of number.
fn others(value: &Value) -> Vec<Value> {
    let all = [
        Value::from("claviger-trial"),
        Value::from(-7),
        Value::from(true),
        Value::from(vec![Value::from(vec![0])]),
    ];
    let same = |other: &Value| std::mem::discriminant(other) == std::mem::discriminant(value);
    all.into_iter().filter(|other| !same(other)).collect()
}

/// The settings of this trial, whole and by name.
fn good_settings<W>(
    trial: &Trial<'_, W>,
) -> Result<(claviger_config::secrets::PluginSettings, Map<String, Value>), Instead> {
    let settings = trial.subject.settings()?;
    // The configuration made it of an object.
    let map = serde_json::from_str(&settings.json).unwrap_or_default();
    Ok((settings, map))
}

/// The faults for which settings with `what` in them are refused.
async fn refused<W: World>(
    trial: &Trial<'_, W>,
    settings: Map<String, Value>,
    what: &str,
) -> Result<Vec<SettingsFault>, Instead> {
    let good = trial.subject.settings()?;
    let json = Value::Object(settings).to_string();
    match trial.subject.offer::<W>(&good, &json).await {
        Ok(Offered::Refused(faults)) => Ok(faults),
        Ok(Offered::Accepted) => Err(Instead::Breach(format!("{what} is accepted"))),
        Err(fault) => Err(Instead::Breach(format!("{what}: {fault}"))),
    }
}

/// One of the faults is at this setting, or below it.
fn names(faults: &[SettingsFault], name: &str) -> Result<(), Instead> {
    let at = |fault: &SettingsFault| {
        let rest = fault.path.strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    hold(faults.iter().any(at), || {
        let paths: Vec<_> = faults.iter().map(|it| format!("`{}`", it.path)).collect();
        format!(
            "no fault has the path `{name}`; there are: {}",
            paths.join(", ")
        )
    })
}
