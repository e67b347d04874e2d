//! How much work and memory input may cause. Values passed in, never globals.

/// Limits checked before anything is allocated or descended into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the body of an A-ASSOCIATE-RQ or -AC. 128 contexts of 20 syntaxes are about 66 KB.
    pub associate_length: u32,
    /// Bytes of the variable field of a P-DATA-TF: the maximum length that we offered (PS3.8 D.1).
    pub data_length: u32,
    /// Items and sub-items of one A-ASSOCIATE PDU, transfer syntaxes counted each.
    pub items: usize,
    /// Bytes of one command set.
    pub command_length: usize,
    /// PDVs with an empty fragment in one message; none should be sent, a few are seen.
    pub empty_fragments: u32,
    /// Bytes of one data set kept in memory before it is handed on in chunks.
    pub data_in_memory: usize,
    /// Nesting of sequences.
    pub depth: usize,
    /// Elements of one data set, nested ones and items included.
    pub elements: usize,
    /// What one deflated data set may inflate to.
    pub inflated: Inflated,
}

/// How many bytes deflated ones may become: few are no harm, and more have to be many on the wire too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inflated {
    /// The most, however many there were.
    pub most: u64,
    /// Up to here nobody counts how many there were.
    pub freely: u64,
    /// Above that, the most for each byte. Deflate itself can do 1032, masks and empty images 300.
    pub each: u64,
}

impl Inflated {
    /// As many as `most`, however few they were.
    #[must_use]
    pub const fn up_to(most: u64) -> Self {
        Self { most, freely: most, each: 0 }
    }

    /// The most that `deflated` bytes may inflate to.
    #[must_use]
    pub fn of(self, deflated: u64) -> u64 {
        deflated.saturating_mul(self.each).max(self.freely).min(self.most)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            associate_length: 1 << 20,
            data_length: 1 << 20,
            items: 1 << 14,
            command_length: 1 << 16,
            empty_fragments: 64,
            data_in_memory: 1 << 20,
            depth: 128,
            elements: 1 << 24,
            inflated: Inflated { most: 1 << 33, freely: 1 << 25, each: 500 },
        }
    }
}
