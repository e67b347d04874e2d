"""What the tests share: places, peers, processes, and a reader that is not russet's."""
