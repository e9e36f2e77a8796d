//! Answers drawn from a text: the same text gives the same answer, so that what was
//! found once can be seen again. Most of what is drawn is right, so that more than the
//! first check is reached.

pub struct Draw(u64);

impl Draw {
    /// FNV-1a of the text is where it begins.
    pub fn from(text: &str) -> Self {
        let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        Self(text.as_bytes().iter().fold(0xcbf2_9ce4_8422_2325, mix))
    }

    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap_or(0)
    }

    /// Once in so many times.
    pub fn seldom(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }

    pub fn one_of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }

    /// The right bytes, or too few, too many, far too many.
    pub fn bytes(&mut self, right: Vec<u8>) -> Vec<u8> {
        if !self.seldom(8) {
            return right;
        }
        let length = right.len();
        let lengths = [
            0,
            1,
            length.saturating_sub(1),
            length + 1,
            16,
            19,
            20,
            21,
            1024,
            1025,
            70_000,
            1 << 20,
        ];
        let mut bytes = right;
        bytes.resize(self.one_of(&lengths), 0xa5);
        bytes
    }

    /// The right text, or one that breaks a rule for texts.
    pub fn text(&mut self, right: &str) -> String {
        if !self.seldom(8) {
            return right.to_owned();
        }
        let wrong = [
            "",
            " ",
            "\0",
            "a\r\nb",
            "\u{1b}[31m",
            "\u{202e}gnorw",
            "\u{7f}",
            "é",
            "日本",
            "\"},{\"",
            "..",
            "../../other",
            "a b",
        ];
        match self.below(5) {
            0 => "x".repeat(self.one_of(&[127, 128, 129, 511, 512, 513, 4096])),
            1 => "\u{1f511}".repeat(200_000),
            _ => self.one_of(&wrong).to_owned(),
        }
    }

    pub fn number(&mut self, right: u32) -> u32 {
        if !self.seldom(8) {
            return right;
        }
        self.one_of(&[0, 1, 499, 500, 501, u32::MAX - 1, u32::MAX])
    }
}
