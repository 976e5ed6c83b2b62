//! Table constructors.

use bvm_isa::{Op, Word};

use super::descriptor::{Desc, Kind};
use super::{Emit, Gen};
use crate::ast::{Expr, Field, Table};
use crate::limits;

/// A constructor that is being read.
struct Building {
    register: u32,
    /// The last list item, not in a register yet.
    item: Desc,
    items: u32,
    named: u32,
    /// Items in registers above the table, waiting for a `SETLIST`.
    pending: u32,
}

impl Gen<'_> {
    pub(super) fn table(&mut self, table: &Table<'_>) -> Emit<Desc> {
        let pc = self.abc(Op::NewTable, 0, 0, 0)?;
        let mut desc = Desc::new(Kind::Movable(pc));
        self.finish_next(&mut desc)?;
        let mut building = Building {
            register: self.f.free.saturating_sub(1),
            item: Desc::VOID,
            items: 0,
            named: 0,
            pending: 0,
        };
        self.consume();
        for (number, field) in table.fields.iter().enumerate() {
            if number > 0 {
                self.consume();
            }
            self.field(&mut building, field)?;
        }
        if table.trailing {
            self.consume();
        }
        self.consume();
        self.last_items(&mut building)?;
        let word = self.f.word(pc);
        let word = word.with_b(floating_byte(building.items));
        self.f
            .set_word(pc, word.with_c(floating_byte(building.named)));
        Ok(desc)
    }

    fn field(&mut self, building: &mut Building, field: &Field<'_>) -> Emit {
        self.close_item(building)?;
        match field {
            Field::Item(expr) => {
                if begins_with_name(expr) {
                    self.look_ahead();
                }
                building.item = self.expr(expr)?;
                building.items += 1;
                building.pending += 1;
                Ok(())
            }
            Field::Named(name, value) => {
                self.look_ahead();
                let free = self.f.free;
                let key = self.name_constant(*name)?;
                self.named_field(building, key, value, free)
            }
            Field::Keyed(key, value) => {
                let free = self.f.free;
                let key = self.bracketed(key)?;
                self.named_field(building, key, value, free)
            }
        }
    }

    fn named_field(
        &mut self,
        building: &mut Building,
        mut key: Desc,
        value: &Expr<'_>,
        free: u32,
    ) -> Emit {
        building.named += 1;
        self.consume();
        let key = self.operand(&mut key)?;
        let mut value = self.expr(value)?;
        let value = self.operand(&mut value)?;
        self.abc(Op::SetTable, building.register, key, value)?;
        self.f.free = free;
        Ok(())
    }

    /// The last item gets its register; a full batch is stored.
    fn close_item(&mut self, building: &mut Building) -> Emit {
        if matches!(building.item.kind, Kind::Void) {
            return Ok(());
        }
        self.finish_next(&mut building.item)?;
        building.item = Desc::VOID;
        if building.pending == limits::FIELDS_PER_FLUSH {
            self.set_list(building, Some(building.pending))?;
            building.pending = 0;
        }
        Ok(())
    }

    /// Stores what is left; a call or `...` as the last item stores all its values.
    fn last_items(&mut self, building: &mut Building) -> Emit {
        if building.pending == 0 {
            return Ok(());
        }
        if building.item.is_open() {
            self.set_results(&building.item, None)?;
            self.set_list(building, None)?;
            building.items = building.items.saturating_sub(1);
            return Ok(());
        }
        if !matches!(building.item.kind, Kind::Void) {
            self.finish_next(&mut building.item)?;
        }
        self.set_list(building, Some(building.pending))
    }

    fn set_list(&mut self, building: &Building, count: Option<u32>) -> Emit {
        let batch = building.items.saturating_sub(1) / limits::FIELDS_PER_FLUSH + 1;
        let count = count.unwrap_or(0);
        if batch < 512 {
            self.abc(Op::SetList, building.register, count, batch)?;
        } else {
            self.abc(Op::SetList, building.register, count, 0)?;
            self.code(Word(batch))?;
        }
        self.f.free = building.register + 1;
        Ok(())
    }
}

/// Does the source of an expression start with a name?
fn begins_with_name(expr: &Expr<'_>) -> bool {
    let first = match expr {
        Expr::Operation(operation) => match operation.0.first() {
            Some(crate::ast::Item::Operand(first)) => first,
            _ => return false,
        },
        other => other,
    };
    match first {
        Expr::Name(_) => true,
        Expr::Suffixed(chain) => matches!(chain.head, Expr::Name(_)),
        _ => false,
    }
}

/// A size in one byte, `eeeeexxx`, rounded up.
fn floating_byte(size: u32) -> u16 {
    let (mut mantissa, mut exponent) = (size, 0);
    while mantissa >= 16 {
        mantissa = mantissa.div_ceil(2);
        exponent += 1;
    }
    if mantissa < 8 {
        return mantissa as u16;
    }
    ((exponent + 1) << 3 | (mantissa - 8)) as u16
}
