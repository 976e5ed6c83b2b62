//! Slots where there are none. Must do nothing.

use crate::image::Sheet;
use std::ptr::NonNull;

/// There is no such value.
#[derive(Debug)]
pub(crate) enum Slot {}

impl Slot {
    pub fn reserve(_: usize, _: usize, _: usize) -> Option<Vec<Slot>> {
        None
    }

    pub fn start(&self) -> NonNull<u8> {
        match *self {}
    }

    pub fn len(&self) -> usize {
        match *self {}
    }

    pub fn cover(&mut self, _: &Sheet) -> Option<()> {
        match *self {}
    }

    pub fn forget(&mut self, _: usize, _: usize) -> Option<()> {
        match *self {}
    }

    pub fn clear(&mut self) -> Option<()> {
        match *self {}
    }
}
