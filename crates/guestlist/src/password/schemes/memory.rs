//! The working memory of Argon2.

use argon2::Block;

/// The working memory of a hashing thread. It is kept from one hash to the next, because freeing
/// and allocating 19 MiB costs time. Only as much as new hashes need is kept.
#[derive(Debug)]
pub(crate) struct Memory {
    blocks: Vec<Block>,
    keep: usize,
}

impl Memory {
    /// Creates a memory that keeps at most this many blocks, each a KiB, between two hashes.
    pub(super) const fn keeping(keep: usize) -> Self {
        Self {
            blocks: Vec::new(),
            keep,
        }
    }

    /// Creates a memory that keeps nothing.
    pub(crate) const fn keeping_nothing() -> Self {
        Self::keeping(0)
    }

    /// Returns this many blocks. Allocates those that are missing.
    pub(super) fn at_least(&mut self, blocks: usize) -> &mut [Block] {
        if self.blocks.len() < blocks {
            self.blocks.resize(blocks, Block::new());
        }
        &mut self.blocks[..blocks]
    }

    /// Returns how many blocks are allocated.
    #[cfg(test)]
    pub(crate) fn held(&self) -> usize {
        self.blocks.len()
    }

    /// Frees all blocks.
    pub(crate) fn clear(&mut self) {
        self.blocks = Vec::new();
    }

    /// Frees the blocks that it does not keep.
    pub(super) fn shrink(&mut self) {
        if self.blocks.len() > self.keep {
            self.blocks.truncate(self.keep);
            self.blocks.shrink_to_fit();
        }
    }
}
