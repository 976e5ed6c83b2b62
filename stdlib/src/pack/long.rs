//! `string.pack` of much or by a long format, and `string.packsize` of one, in portions between which they may wait for fuel.
//! Must not know how numbers are written.

use super::{BYTES, OPTIONS, SHORT, Size, add_size, check_length, next, write};
use crate::portions;
use crate::slots::{number, set_number};
use bvm_text::pack::{Kind, Layout};
use bvm_vm::data::string;
use bvm_vm::data::unfinished::PORTION;
use bvm_vm::objects::Str;
use bvm_vm::{Answer, Cpu, Next, Raise, Value, Work};

/// Step: some bytes are there.
pub(super) const WRITES: u32 = 1;
/// Step: all are, and become a string.
pub(super) const JOINS: u32 = 2;

/// Step: a long format is read to find out how much it gives.
const SIZES: u32 = 3;

/// Fields of a long format between looks at the fuel.
const FIELDS: u32 = 64;

/// Bytes of a long format for a unit when it is read twice, for the size and for what is written.
const TWICE: u32 = 2 * OPTIONS;

/// Units for reading a format from one place to another, at so many bytes for each.
fn price_of(from: &Layout, to: &Layout, bytes: u32) -> u64 {
    let [from, to] = [from, to].map(|layout| layout.save().0 / bytes);
    u64::from(to.saturating_sub(from))
}

/// Slots of [`packsize`] after the format: the place in it, what has been set there, and the size so far.
const OPTION: u32 = 2;
const RULES: u32 = 3;
const TOTAL: u32 = 4;

/// `string.packsize` of a long format.
pub(super) fn packsize(cpu: &mut Cpu<'_, '_>, format: Str) -> Answer {
    if cpu.is_leaf() {
        return Ok(Next::Again);
    }
    let (mut layout, mut total) = (Layout::default(), 0);
    if cpu.step_number() == SIZES && cpu.count() >= TOTAL {
        layout = Layout::restore(number(cpu, OPTION), number(cpu, RULES));
        total = number(cpu, TOTAL) as usize;
    }
    loop {
        let before = layout;
        let mut more = Ok(true);
        for _ in 0..FIELDS {
            more = add_size(cpu, format, &mut layout, &mut total);
            if !matches!(more, Ok(true)) {
                break;
            }
        }
        cpu.pay(price_of(&before, &layout, OPTIONS));
        if !more? {
            cpu.push(Value::number(total as f64));
            return Ok(Next::Return(1));
        }
        if cpu.is_dry() {
            cpu.set_count(TOTAL);
            let (option, rules) = layout.save();
            for (slot, n) in [(OPTION, option), (RULES, rules), (TOTAL, total as u32)] {
                set_number(cpu, slot, n);
            }
            cpu.set_step(SIZES);
            return Err(cpu.pause());
        }
    }
}

/// `string.pack` by a long format: finds out how much it gives.
pub(super) fn pack(cpu: &mut Cpu<'_, '_>, format: Str) -> Answer {
    if cpu.is_leaf() {
        return Ok(Next::Again);
    }
    let kept = match cpu.step_number() {
        SIZES => portions::take_text(cpu),
        _ => None,
    };
    let (mut layout, mut size) = (Layout::default(), Size::default());
    if let Some((_, [option, rules, args, low, high])) = kept {
        layout = Layout::restore(option, rules);
        // A window has fewer arguments, and no format asks for so many bytes.
        size.args = args.min(1 << 20);
        size.bytes = (u64::from(low) | u64::from(high) << 32).min(1 << 48);
    }
    loop {
        let before = layout;
        let more = (0..FIELDS).all(|_| size.add(cpu, format, &mut layout));
        cpu.pay(price_of(&before, &layout, TWICE));
        if !more {
            break;
        }
        if cpu.is_dry() {
            let (option, rules) = layout.save();
            let (low, high) = (size.bytes as u32, (size.bytes >> 32) as u32);
            portions::keep_text(cpu, Vec::new(), [option, rules, size.args, low, high]);
            cpu.set_step(SIZES);
            return Err(cpu.pause());
        }
    }
    cpu.check_size(size.bytes)?;
    cpu.check_room(size.bytes)?;
    cpu.push(Value::NIL);
    start(cpu, format, size.bytes)
}

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
        // A short one is paid for.
        let is_paid = string::len(cpu.mem, format) <= SHORT;
        let mut goes = cpu.step_number() != JOINS;
        while goes {
            let (before, read) = (self.len(), self.layout);
            let added = self.add(cpu, format);
            if !is_paid {
                cpu.pay(price_of(&read, &self.layout, TWICE));
            }
            goes = match added {
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
