//! What a scan looks for: elements of the data set, or of items in it, one for each column.

use crate::dictionary;
use crate::tag::Tag;

/// The way to an element: sequences with the number of the item to enter, then the element itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// Each sequence on the way, outermost first, and which of its items, counted from 0.
    pub items: Vec<(Tag, usize)>,
    /// The element.
    pub tag: Tag,
}

impl From<Tag> for Path {
    fn from(tag: Tag) -> Self {
        Self { items: Vec::new(), tag }
    }
}

/// How the values of a column are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// As text: several values with backslashes between them.
    Text,
    /// As 64-bit integers: IS, SL, SS, SV, UL, US of one value.
    Integer,
    /// As 64-bit floats: DS, FD, FL of one value.
    Float,
}

impl Kind {
    /// How values of `tag` are given, by the data dictionary (PS3.6 6).
    #[must_use]
    pub fn of(tag: Tag) -> Self {
        match dictionary::entry(tag) {
            Some(row) if row.vm == "1" => match row.vr {
                "IS" | "SL" | "SS" | "SV" | "UL" | "US" | "US or SS" => Self::Integer,
                "DS" | "FD" | "FL" => Self::Float,
                _ => Self::Text,
            },
            _ => Self::Text,
        }
    }
}

/// What to do at an element.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) tag: Tag,
    /// The column that has its value.
    pub(super) column: Option<usize>,
    /// Items of it that are entered, and the level of the selection that applies in them.
    pub(super) items: Vec<(usize, usize)>,
}

/// Everything that a scan looks for; shared by all who scan.
#[derive(Debug)]
pub struct Selection {
    paths: Vec<Path>,
    kinds: Vec<Kind>,
    /// Level 0 is the outermost data set; each item entered has its own. Targets ascend by tag.
    levels: Vec<Vec<Target>>,
}

impl Selection {
    /// A column for each of `paths`. What decodes values, (0008,0005) and (0028,0103), is looked for
    /// beside them wherever it comes before the last of them.
    #[must_use]
    pub fn new(paths: Vec<Path>) -> Self {
        let kinds = paths.iter().map(|path| Kind::of(path.tag)).collect();
        let mut selection = Self { paths: Vec::new(), kinds, levels: vec![Vec::new()] };
        for (column, path) in paths.iter().enumerate() {
            let mut level = 0;
            for &(sequence, item) in &path.items {
                level = selection.enter(level, sequence, item);
            }
            if let Some(target) = selection.target(level, path.tag) {
                target.column = Some(column);
            }
        }
        for level in 0..selection.levels.len() {
            for tag in [Tag::SPECIFIC_CHARACTER_SET, Tag::PIXEL_REPRESENTATION] {
                if selection.last(level).is_some_and(|last| last > tag) {
                    selection.target(level, tag);
                }
            }
        }
        selection.paths = paths;
        selection
    }

    /// What is looked for, in the order of the columns.
    #[must_use]
    pub fn paths(&self) -> &[Path] {
        &self.paths
    }

    /// How the values of each column are given.
    #[must_use]
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    pub(super) fn level(&self, level: usize) -> &[Target] {
        self.levels.get(level).map(Vec::as_slice).unwrap_or_default()
    }

    /// The last tag of the outermost data set that matters: none above it is looked at.
    pub(super) fn last(&self, level: usize) -> Option<Tag> {
        self.level(level).last().map(|target| target.tag)
    }

    /// The level that applies in one item of `sequence`.
    fn enter(&mut self, level: usize, sequence: Tag, item: usize) -> usize {
        let fresh = self.levels.len();
        let Some(target) = self.target(level, sequence) else { return level };
        if let Some(&(_, known)) = target.items.iter().find(|&&(number, _)| number == item) {
            return known;
        }
        target.items.push((item, fresh));
        self.levels.push(Vec::new());
        fresh
    }

    /// The target for `tag`, made where there is none.
    fn target(&mut self, level: usize, tag: Tag) -> Option<&mut Target> {
        let targets = self.levels.get_mut(level)?;
        let at = match targets.binary_search_by_key(&tag, |target| target.tag) {
            Ok(at) => at,
            Err(at) => {
                targets.insert(at, Target { tag, column: None, items: Vec::new() });
                at
            }
        };
        targets.get_mut(at)
    }
}
