//! `string.pack` of much, in portions between which it may wait for fuel. Must not know how numbers are written.

use super::{BYTES, check_length, next, write};
use crate::portions;
use bvm_text::pack::{Kind, Layout};
use bvm_vm::data::string;
use bvm_vm::data::unfinished::PORTION;
use bvm_vm::objects::Str;
use bvm_vm::{Answer, Cpu, Next, Raise, Work};

/// Step: some bytes are there.
pub(super) const WRITES: u32 = 1;
/// Step: all are, and become a string.
pub(super) const JOINS: u32 = 2;

/// Bytes that are written for a unit. The rest of the price is for making a string of them.
const WRITTEN: u64 = 2 * BYTES;

/// What has been packed, and how to go on.
struct Packing {
    /// What was there when the guest was restored. It stays where it is: who adds to it might have to move all of it.
    before: Vec<u8>,
    out: Vec<u8>,
    layout: Layout,
    /// The argument of the last field, and which of its bytes is next, if it is a long string.
    arg: u32,
    from: u32,
    /// Whether the string must not have zeros.
    is_zeroed: bool,
    /// How many zeros come next, or behind the string.
    zeros: u32,
    /// What the result has at most, which is what it costs.
    size: u64,
}

/// The next byte where no string is under way.
const NONE: u32 = u32::MAX;

/// Packs what has at most `size` bytes. The last slot is nil.
pub(super) fn start(cpu: &mut Cpu<'_, '_>, format: Str, size: u64) -> Answer {
    let packing = Packing {
        before: Vec::new(),
        out: Vec::with_capacity(usize::try_from(size).unwrap_or(0)),
        layout: Layout::default(),
        arg: 1,
        from: NONE,
        is_zeroed: false,
        zeros: 0,
        size,
    };
    Box::new(packing).go_on(cpu, format)
}

/// Goes on with what the step before has kept.
pub(super) fn resume(cpu: &mut Cpu<'_, '_>) -> Answer {
    let format = cpu.check_string(1)?;
    match Packing::take(cpu) {
        Some(packing) => packing.go_on(cpu, format),
        None => Err(cpu.fail("damaged activation")),
    }
}

/// Most bytes that are set aside for what is to come, where nobody has looked whether there is room.
const SPARE: u64 = 1 << 26;

impl Work for Packing {
    fn save(&self, out: &mut Vec<u8>) {
        let (option, rules) = self.layout.save();
        let (low, high) = (self.size as u32, (self.size >> 32) as u32);
        let is_zeroed = u32::from(self.is_zeroed);
        let numbers = [
            option, rules, self.arg, self.from, is_zeroed, self.zeros, low, high,
        ];
        out.extend_from_slice(&self.out);
        out.extend(numbers.iter().flat_map(|n| n.to_le_bytes()));
    }
}

impl Packing {
    /// What has been kept. A strange snapshot may have any numbers in it.
    fn take(cpu: &mut Cpu<'_, '_>) -> Option<Box<Packing>> {
        if let Some((mut packing, before)) = cpu.take_work::<Packing>() {
            packing.before = before;
            return Some(packing);
        }
        let (before, numbers) = portions::take_text(cpu)?;
        let [option, rules, arg, from, is_zeroed, zeros, low, high] = numbers;
        let size = u64::from(low) | u64::from(high) << 32;
        let spare = size.saturating_sub(before.len() as u64).min(SPARE);
        Some(Box::new(Packing {
            before,
            out: Vec::with_capacity(spare as usize),
            layout: Layout::restore(option, rules),
            arg,
            from,
            is_zeroed: is_zeroed != 0,
            zeros,
            size,
        }))
    }

    /// Keeps it for the next step.
    fn keep(mut self: Box<Self>, cpu: &mut Cpu<'_, '_>) {
        let before = std::mem::take(&mut self.before);
        cpu.keep_work(before, self);
    }

    /// How many bytes there are.
    fn len(&self) -> usize {
        self.before.len() + self.out.len()
    }

    /// What is not paid when so many bytes are written.
    fn rest(&self, written: usize) -> u64 {
        (self.size / BYTES).saturating_sub(written as u64 / WRITTEN)
    }

    fn go_on(mut self: Box<Self>, cpu: &mut Cpu<'_, '_>, format: Str) -> Answer {
        let mut goes = cpu.step_number() != JOINS;
        while goes {
            let before = self.len();
            goes = match self.add(cpu, format) {
                Ok(goes) => goes,
                Err(raise) => {
                    cpu.pay(self.rest(before));
                    return Err(raise);
                }
            };
            cpu.pay(self.len() as u64 / WRITTEN - before as u64 / WRITTEN);
            if goes && cpu.is_dry() {
                self.keep(cpu);
                cpu.set_step(WRITES);
                return Err(cpu.pause());
            }
        }
        let rest = self.rest(self.len());
        match portions::make(cpu, JOINS, [&self.before, &self.out], rest) {
            Ok(made) => {
                cpu.push(made.into());
                Ok(Next::Return(1))
            }
            Err(raise) => {
                if raise == Raise::OutOfFuel {
                    self.keep(cpu);
                }
                Err(raise)
            }
        }
    }

    /// Writes the next portion: of a long string, of zeros, or a field. Tells whether there may be more.
    fn add(&mut self, cpu: &mut Cpu<'_, '_>, format: Str) -> Result<bool, Raise> {
        if self.from != NONE {
            return self.add_string(cpu).map(|()| true);
        }
        if self.zeros > 0 {
            let more = self.zeros.min(PORTION);
            self.out.resize(self.out.len() + more as usize, 0);
            self.zeros -= more;
            return Ok(true);
        }
        let Some(field) = next(
            cpu,
            format,
            &mut self.layout,
            self.before.len() + self.out.len(),
        )?
        else {
            return Ok(false);
        };
        self.out.resize(self.out.len() + field.padding, 0);
        if field.kind == Kind::Nothing {
            self.out.resize(self.out.len() + field.size, 0);
            return Ok(true);
        }
        self.arg = self.arg.saturating_add(1);
        let len = match field.kind {
            Kind::Chars | Kind::Counted | Kind::Zeroed => {
                let s = cpu.check_string(self.arg)?;
                string::len(cpu.mem, s)
            }
            _ => 0,
        };
        if len.max(field.size as u32) <= PORTION {
            return write(cpu, field, self.arg, &mut self.out).map(|()| true);
        }
        check_length(cpu, field, self.arg, len as usize, &mut self.out)?;
        self.from = 0;
        self.is_zeroed = field.kind == Kind::Zeroed;
        self.zeros = match field.kind {
            Kind::Chars => (field.size as u32).saturating_sub(len),
            kind => u32::from(kind == Kind::Zeroed),
        };
        Ok(true)
    }

    fn add_string(&mut self, cpu: &mut Cpu<'_, '_>) -> Result<(), Raise> {
        let bytes = Str::of(cpu.arg(self.arg)).map_or(&[][..], |s| cpu.bytes(s));
        let rest = bytes.get(self.from as usize..).unwrap_or_default();
        let part = rest.get(..PORTION as usize).unwrap_or(rest);
        if self.is_zeroed && part.contains(&0) {
            return Err(cpu.arg_error(self.arg, b"string contains zeros"));
        }
        self.out.extend_from_slice(part);
        self.from = match part.len() < rest.len() {
            true => self.from + part.len() as u32,
            false => NONE,
        };
        Ok(())
    }
}
