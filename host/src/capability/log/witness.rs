//! What a plugin on trial says: heard before anything is withheld, cut or dropped.

use parking_lot::Mutex;

/// Hears a plugin, and knows again what it must not say.
#[derive(Default)]
pub(crate) struct Witness(Mutex<Heard>);

#[derive(Default)]
struct Heard {
    /// Texts, since the last time that it was asked.
    texts: usize,
    /// What must not be said, in each of the forms that it could have.
    forbidden: Vec<Vec<u8>>,
    /// Texts with something of that in them.
    leaks: usize,
}

impl Witness {
    /// The plugin says this.
    pub(super) fn hear(&self, text: &str) {
        let mut heard = self.0.lock();
        heard.texts += 1;
        let text = text.as_bytes();
        let leaks = |form: &Vec<u8>| memchr::memmem::find(text, form).is_some();
        if heard.forbidden.iter().any(leaks) {
            heard.leaks += 1;
        }
    }

    /// From now on nothing may be said that has one of these forms in it. What was heard
    /// before is forgotten.
    pub(crate) fn forbid(&self, forms: Vec<Vec<u8>>) {
        *self.0.lock() = Heard {
            forbidden: forms,
            ..Heard::default()
        };
    }

    /// How many texts there were since it was asked last.
    pub(crate) fn take_texts(&self) -> usize {
        std::mem::take(&mut self.0.lock().texts)
    }

    /// How many of them had something in them that must not be said.
    pub(crate) fn take_leaks(&self) -> usize {
        std::mem::take(&mut self.0.lock().leaks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_tells_what_must_not_be_said_from_other_texts() {
        let witness = Witness::default();
        witness.forbid(vec![b"secret".to_vec(), b"c2VjcmV0".to_vec()]);
        for text in ["a line", "the secret is", "c2VjcmV0Cg=="] {
            witness.hear(text);
        }
        assert_eq!((witness.take_texts(), witness.take_leaks()), (3, 2));
        assert_eq!((witness.take_texts(), witness.take_leaks()), (0, 0));
    }
}
