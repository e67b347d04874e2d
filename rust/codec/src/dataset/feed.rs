//! A data set that arrives in parts, checked as it passes.

use std::ops::ControlFlow::{Break, Continue};

use crate::dataset::inflate::Inflate;
use crate::dataset::visitor::Visitor;
use crate::dataset::walk::Walk;
use crate::dataset::wide;
use crate::dataset::{Encoding, Rules, Warnings, header};
use crate::error::{DecodeError, ErrorKind};
use crate::syntax::Syntax;

/// A walk over parts of a data set, however they are cut; deflated ones are inflated on the way.
/// Memory stays the same for any length.
#[derive(Debug)]
pub struct Feed<V> {
    walk: Walk,
    visitor: V,
    inflate: Option<Inflate>,
    /// A header that has not arrived whole.
    carry: Vec<u8>,
    failed: Option<DecodeError>,
}

impl<V: Visitor> Feed<V> {
    /// Expects a data set in `syntax` and tells `visitor` of it.
    #[must_use]
    pub fn new(syntax: Syntax, visitor: V, rules: Rules) -> Self {
        Self {
            walk: Walk::elements(Encoding::from(syntax), 0, 0, rules).whole(),
            visitor,
            inflate: syntax.deflated.then(|| Inflate::new(rules.limits.inflated)),
            carry: Vec::with_capacity(header::LONG),
            failed: None,
        }
    }

    /// The bytes that come next.
    ///
    /// # Errors
    /// What cannot be read; from then on always the same.
    pub fn feed(&mut self, data: &[u8]) -> Result<(), DecodeError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let outcome = match self.inflate.take() {
            None => self.advance(data),
            Some(inflate) if self.has_enough() => {
                self.inflate = Some(inflate);
                Ok(())
            }
            Some(mut inflate) => {
                let outcome = inflate.feed(data, |step| {
                    self.advance(step)?;
                    Ok(if self.has_enough() { Break(()) } else { Continue(()) })
                });
                self.inflate = Some(inflate);
                outcome
            }
        };
        self.failed = outcome.err();
        outcome
    }

    /// There are no more bytes.
    ///
    /// # Errors
    /// `Truncated` when the data set is not over; what cannot be read.
    pub fn finish(&mut self) -> Result<(), DecodeError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let outcome = self.conclude();
        self.failed = outcome.err();
        outcome
    }

    /// Whether there is nothing more to read, whatever bytes may come.
    pub fn is_done(&self) -> bool {
        self.walk.is_done()
    }

    /// The walk and who was told, once there is nothing more to come.
    pub fn into_parts(self) -> (Walk, V) {
        (self.walk, self.visitor)
    }

    /// Who was told.
    pub fn visitor(&self) -> &V {
        &self.visitor
    }

    /// What was odd but readable, so far.
    pub fn warnings(&self) -> &Warnings {
        self.walk.warnings()
    }

    /// Whether the walk has ended where whoever listens wanted it to.
    fn has_enough(&self) -> bool {
        self.walk.is_done() && self.walk.stopped().is_none()
    }

    fn conclude(&mut self) -> Result<(), DecodeError> {
        let cut = self.inflate.as_ref().is_some_and(|inflate| !inflate.has_ended());
        if cut && !self.has_enough() {
            return Err(DecodeError::new(ErrorKind::Truncated { needed: 1 }, self.walk.offset()));
        }
        let end = self.walk.offset().saturating_add(wide(self.carry.len()));
        self.walk.finish(end)?;
        let carry = std::mem::take(&mut self.carry);
        self.walk.run(&carry, &mut self.visitor)?;
        Ok(())
    }

    fn advance(&mut self, mut data: &[u8]) -> Result<(), DecodeError> {
        while !self.carry.is_empty() {
            let old = self.carry.len();
            let missing = header::LONG.saturating_sub(old).min(data.len());
            self.carry.extend_from_slice(data.get(..missing).unwrap_or_default());
            let consumed = self.walk.run(&self.carry, &mut self.visitor)?;
            if let Some(ahead) = consumed.checked_sub(old) {
                data = data.get(ahead..).unwrap_or_default();
                self.carry.clear();
            } else if consumed == 0 {
                return Ok(());
            } else {
                self.carry.truncate(old);
                self.carry.drain(..consumed);
            }
        }
        let consumed = self.walk.run(data, &mut self.visitor)?;
        self.carry.extend_from_slice(data.get(consumed..).unwrap_or_default());
        Ok(())
    }
}
