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
    /// Bytes that one deflated data set may inflate to.
    pub inflated: u64,
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
            inflated: 1 << 33,
        }
    }
}
