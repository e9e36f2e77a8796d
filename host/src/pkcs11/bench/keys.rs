//! The key of the test: made, looked for, removed.

use std::time::Instant;

use claviger_token_test::wire::{Answer, Keeping, KeptKey, Step};
use cryptoki_sys::{CKA_CLASS, CKA_ID, CKA_LABEL, CKA_TOKEN, CKK_AES, CKO_SECRET_KEY};

use super::super::keys::{KeySelector, KeyTemplate};
use super::super::raw::{RawCalls, Template};
use super::super::return_value::ReturnValue;
use super::{Bench, Done, Key, Stop, at, entered, step};

/// Most keys of the token that are counted.
const MOST: usize = 1024;
/// Keys of one name that a search has to find all of.
const SEVERAL: usize = 3;

/// Looks for the key by both of its names, which nothing else has.
fn named(key: &KeptKey, on_token: bool) -> Template {
    let mut template = Template::default();
    template.number(CKA_CLASS, CKO_SECRET_KEY);
    template.flag(CKA_TOKEN, on_token);
    template.bytes(CKA_LABEL, key.label.as_bytes());
    template.bytes(CKA_ID, &key.id.0);
    template
}

fn aes_256(key: &KeptKey, on_token: bool) -> Template {
    let template = KeyTemplate {
        label: key.label.clone(),
        id: key.id.0.clone(),
        encrypt: true,
        decrypt: true,
    };
    Template::aes_256(&template, on_token)
}

impl Key {
    fn names(&self) -> (&KeptKey, bool) {
        match &self.keeping {
            Keeping::Session(names) => (names, false),
            Keeping::Token(names) => (names, true),
        }
    }
}

impl Bench {
    pub(super) fn make_key(&mut self, keeping: Keeping) -> Done<Answer> {
        let library = self.library()?;
        let inside = entered(&library)?;
        let (raw, keeper) = (inside.raw, self.keeper()?);
        let (names, on_token) = match &keeping {
            Keeping::Session(names) => (names, false),
            Keeping::Token(names) => {
                // Of a process before this one.
                remove(raw, keeper, names)?;
                (names, true)
            }
        };
        let made = raw.generate(keeper, &aes_256(names, on_token));
        let object = made.map_err(at("C_GenerateKey"))?;
        self.key = Some(Key { object, keeping });
        Ok(Answer::Done)
    }

    pub(super) fn key_object(&self) -> Done<u64> {
        let key = self.key.as_ref().map(|key| key.object);
        let none = at("C_GenerateKey")(ReturnValue(cryptoki_sys::CKR_KEY_HANDLE_INVALID));
        key.ok_or(Stop::Failed(none))
    }

    /// Destroys the key, wherever it is.
    pub(super) fn destroy_key(&mut self) -> Done<()> {
        let Some(key) = self.key.take() else {
            return Ok(());
        };
        let library = self.library()?;
        let inside = entered(&library)?;
        let (raw, keeper) = (inside.raw, self.keeper()?);
        match key.keeping {
            Keeping::Session(_) => Ok(raw
                .destroy(keeper, key.object)
                .map_err(at("C_DestroyObject"))?),
            Keeping::Token(names) => remove(raw, keeper, &names),
        }
    }

    /// Removes all that has the names of the test, and looks again.
    pub(super) fn remove_kept(&mut self, names: &KeptKey) -> Done<Answer> {
        let library = self.library()?;
        let inside = entered(&library)?;
        remove(inside.raw, self.keeper()?, names)?;
        Ok(Answer::Done)
    }

    /// Finds the key of the test in several ways.
    pub(super) fn search(&mut self) -> Done<Answer> {
        let library = self.library()?;
        let inside = entered(&library)?;
        let (raw, keeper) = (inside.raw, self.keeper()?);
        let object = self.key_object()?;
        let Some((names, on_token)) = self.key.as_ref().map(Key::names) else {
            return Ok(Answer::Steps(Vec::new()));
        };
        let find = |template: &Template, at_once: usize| {
            let found = raw.search(keeper, template, MOST, at_once);
            found.map_err(at("C_FindObjects"))
        };
        // Its handle may be another one: PKCS#11 does not say.
        let alone = |found: Vec<u64>| {
            let count = found.len();
            (count != 1).then(|| format!("{count} were found"))
        };
        let by = |fill: &dyn Fn(&mut Template)| {
            let mut template = Template::default();
            template.number(CKA_CLASS, CKO_SECRET_KEY);
            template.flag(CKA_TOKEN, on_token);
            fill(&mut template);
            template
        };
        let mut steps = Vec::new();
        let by_label = by(&|template| template.bytes(CKA_LABEL, names.label.as_bytes()));
        steps.push(step("by its label: found", alone(find(&by_label, MOST)?)));
        let by_id = by(&|template| template.bytes(CKA_ID, &names.id.0));
        steps.push(step("by its id: found", alone(find(&by_id, MOST)?)));
        let nothing = by(&|template| template.bytes(CKA_LABEL, b"claviger-token-test-nothing"));
        let found = find(&nothing, MOST)?.len();
        let problem = (found > 0).then(|| format!("{found} were found"));
        steps.push(step(
            "by a label that no key has: nothing is found",
            problem,
        ));
        if !on_token {
            steps.push(several(raw, keeper, names)?);
        }
        steps.push(told(raw, keeper, object)?);
        let begun = Instant::now();
        let all = raw.find(keeper, &KeySelector::Every, MOST);
        let all = all.map_err(at("C_FindObjects"))?.len();
        let listed = format!(
            "the token's secret keys were listed: {all} in {:.1} ms",
            begun.elapsed().as_secs_f64() * 1000.0
        );
        steps.push(step(&listed, None));
        Ok(Answer::Steps(steps))
    }
}

/// More session keys of one label, handed over two at once: a search that stops at the
/// first of several would hide that a name is not unique.
fn several(raw: &RawCalls, keeper: u64, names: &KeptKey) -> Done<Step> {
    let names = KeptKey {
        label: format!("{}-several", names.label),
        id: names.id.clone(),
    };
    let what = "three keys of one label, asked for two at a time: all are found";
    let mut made = Vec::new();
    let mut problem = None;
    for _ in 0..SEVERAL {
        match raw.generate(keeper, &aes_256(&names, false)) {
            Ok(key) => made.push(key),
            Err(value) => problem = Some(at("C_GenerateKey")(value).to_string()),
        }
    }
    if problem.is_none() {
        problem = match raw.search(keeper, &named(&names, false), MOST, 2) {
            Ok(found) if found.len() == SEVERAL => None,
            Ok(found) => Some(format!("{} are", found.len())),
            Err(value) => Some(at("C_FindObjects")(value).to_string()),
        };
    }
    for key in made {
        let destroyed = raw.destroy(keeper, key);
        destroyed.map_err(at("C_DestroyObject"))?;
    }
    Ok(step(what, problem))
}

/// What the host asks of a key before it uses it.
fn told(raw: &RawCalls, keeper: u64, object: u64) -> Done<Step> {
    let attributes = raw.attributes(keeper, object);
    let attributes = attributes.map_err(at("C_GetAttributeValue"))?;
    let problem = if attributes.key_type != CKK_AES {
        Some("its type is not AES".to_owned())
    } else if attributes.value_length != Some(32) {
        Some(format!(
            "its length is said to be {:?}",
            attributes.value_length
        ))
    } else if !(attributes.encrypt && attributes.decrypt) {
        Some("it is not said to encrypt and decrypt".to_owned())
    } else {
        None
    };
    let what = "type, length and use of the key are told: AES, 32 bytes, ENCRYPT, DECRYPT";
    Ok(step(what, problem))
}

/// Destroys what has both names, and nothing else; an error when something is left.
fn remove(raw: &RawCalls, session: u64, names: &KeptKey) -> Done<()> {
    let template = named(names, true);
    let find = || {
        let found = raw.search(session, &template, MOST, MOST);
        found.map_err(at("C_FindObjects"))
    };
    for key in find()? {
        raw.destroy(session, key).map_err(at("C_DestroyObject"))?;
    }
    if find()?.is_empty() {
        Ok(())
    } else {
        let left = ReturnValue(cryptoki_sys::CKR_ACTION_PROHIBITED);
        Err(at("C_DestroyObject")(left).into())
    }
}
