//! What grammar actions call to make tree nodes. Lists under construction wait on one stack for
//! each kind of element: a rule's value is how many of the topmost elements are its own. The value of
//! a rule whose element is pushed when it is read is nothing at all.

use std::any::Any;
use std::cell::OnceCell;

use bumpalo::Bump;
use smallvec::SmallVec;

use crate::ast::{
    Args, Assign, Binary, Block, Clause, Expr, Field, ForIn, ForNumber, Function, If, Item, Label,
    Local, NamedFunction, Operation, Stat, StatKind, Suffix, Suffixed, Table,
};
use bvm_isa::pace::Stage;

use crate::lexer::Stop;
use crate::pool::Sym;
use crate::room::{LONG, emptied};

/// Number of elements on top of a stack.
pub type Count = usize;

/// A name or parenthesis whose suffixes wait on the stack.
#[derive(Clone, Copy, Debug)]
pub struct Chain<Head> {
    pub head: Head,
    pub suffixes: Count,
}

impl<Head> Chain<Head> {
    /// The chain with another suffix, which is on the stack already.
    pub fn longer(self) -> Chain<Head> {
        let suffixes = self.suffixes + 1;
        Chain { suffixes, ..self }
    }
}

impl<'a> From<Chain<Sym>> for Chain<Expr<'a>> {
    fn from(chain: Chain<Sym>) -> Self {
        let (head, suffixes) = (Expr::Name(chain.head), chain.suffixes);
        Chain { head, suffixes }
    }
}

impl<'a> From<Chain<&'a Expr<'a>>> for Chain<Expr<'a>> {
    fn from(chain: Chain<&'a Expr<'a>>) -> Self {
        let (head, suffixes) = (Expr::Paren(chain.head), chain.suffixes);
        Chain { head, suffixes }
    }
}

/// A stack that needs no allocation in a small source.
type Stack<T> = SmallVec<[T; 4]>;

/// The statements of a long main function, which stay on their stack: moving them all at the end would take long.
pub type LongMain<'a> = OnceCell<Vec<Stat<'a>>>;

/// Bytes of source that statements take at least: `f()`. In a long one there is room for all of them at once,
/// so that none are moved while the stack grows.
const STATEMENT: usize = 3;

/// Those that a label takes at least, a clause, and any other element but operands and operators, with what comes between.
const LABEL: usize = 5;
const CLAUSE: usize = 11;
const APART: usize = 2;

/// Elements of a list that are copied in one piece, and in the time of a step, which is that of reading a byte.
const COPIED: usize = 64;
const FOR_A_STEP: usize = 2;

/// The steps of reading so many bytes: those, and what there may be to copy, which is at most an element for each byte.
pub fn steps(bytes: usize) -> usize {
    bytes + bytes / FOR_A_STEP
}

/// The stacks and the arena.
pub struct Builder<'a> {
    arena: &'a Bump,
    long_main: &'a LongMain<'a>,
    /// Its steps are bytes.
    stage: &'a Stage<'a>,
    /// How many bytes the source has.
    bytes: usize,
    /// Labels of open blocks, and how many statements come before each.
    labels: Stack<Sym>,
    label_places: Stack<usize>,
    stats: Stack<Stat<'a>>,
    exprs: Stack<Expr<'a>>,
    targets: Stack<Expr<'a>>,
    names: Stack<Sym>,
    suffixes: Stack<Suffix<'a>>,
    items: Stack<Item<'a>>,
    fields: Stack<Field<'a>>,
    clauses: Stack<Clause<'a>>,
}

/// Adds an element. Where there are many, there is room for all that the source can have, so that none are moved.
#[inline(always)]
fn push<T>(stack: &mut Stack<T>, element: T, most: usize) {
    if stack.len() == LONG {
        // Without this room it is moved as often as it doubles.
        let _ = stack.try_reserve_exact(most.saturating_sub(LONG));
    }
    stack.push(element);
}

/// Moves the topmost `count` elements into the arena. Most lists have one element or none.
fn take<'a, T: Copy>(
    arena: &'a Bump,
    stage: &Stage<'_>,
    stack: &mut Stack<T>,
    count: Count,
) -> &'a [T] {
    match count {
        0 => &[],
        1 => match stack.pop() {
            Some(only) => std::slice::from_ref(arena.alloc(only)),
            None => &[],
        },
        _ => {
            let start = stack.len().saturating_sub(count);
            let elements = stack.get(start..).unwrap_or_default();
            let list = match count {
                ..LONG => arena.alloc_slice_copy(elements),
                _ => take_long(arena, stage, elements),
            };
            stack.truncate(start);
            list
        }
    }
}

/// Copies a long list in pieces.
#[cold]
fn take_long<'a, T: Copy>(arena: &'a Bump, stage: &Stage<'_>, elements: &[T]) -> &'a [T] {
    let copied = elements.iter().enumerate().map(|(number, element)| {
        if number.is_multiple_of(COPIED) {
            // Who is to stop is told so by the next token again.
            let _ = stage.step_aside(COPIED / FOR_A_STEP);
        }
        *element
    });
    arena.alloc_slice_fill_iter(copied)
}

/// The buffers of stacks that nobody needs any more.
pub type Buffers = Vec<Box<dyn Any + Send>>;

/// The buffer of a stack, unless it is short: as that of a stack of `U`, which is to be the same type with another lifetime.
fn buffer<T, U: Send + 'static>(stack: Stack<T>) -> Option<Box<dyn Any + Send>> {
    let is_long = stack.capacity() > LONG;
    is_long.then(|| Box::new(emptied::<T, U>(stack.into_vec())) as _)
}

impl<'a> Builder<'a> {
    /// The buffers of its stacks, when the source is no chunk.
    pub fn into_buffers(self) -> Buffers {
        [
            buffer::<_, Stat<'static>>(self.stats),
            buffer::<_, Expr<'static>>(self.exprs),
            buffer::<_, Expr<'static>>(self.targets),
            buffer::<_, Suffix<'static>>(self.suffixes),
            buffer::<_, Item<'static>>(self.items),
            buffer::<_, Field<'static>>(self.fields),
            buffer::<_, Clause<'static>>(self.clauses),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// A builder with empty stacks, for a source of so many bytes.
    pub fn new(
        arena: &'a Bump,
        long_main: &'a LongMain<'a>,
        stage: &'a Stage<'a>,
        bytes: usize,
    ) -> Builder<'a> {
        let stats = match bytes / STATEMENT {
            ..LONG => Stack::new(),
            many => Stack::with_capacity(many),
        };
        Builder {
            arena,
            long_main,
            stage,
            bytes,
            labels: Stack::new(),
            label_places: Stack::new(),
            stats,
            exprs: Stack::new(),
            targets: Stack::new(),
            names: Stack::new(),
            suffixes: Stack::new(),
            items: Stack::new(),
            fields: Stack::new(),
            clauses: Stack::new(),
        }
    }

    pub fn stat(&mut self, kind: StatKind<'a>) {
        let semicolon = false;
        push(
            &mut self.stats,
            Stat { kind, semicolon },
            self.bytes / STATEMENT,
        );
    }

    /// A semicolon behind the last statement.
    pub fn semicolon(&mut self) {
        if let Some(stat) = self.stats.last_mut() {
            stat.semicolon = true;
        }
    }

    pub fn label(&mut self, name: Sym) {
        let most = self.bytes / LABEL;
        push(&mut self.labels, name, most);
        push(&mut self.label_places, self.stats.len(), most);
        let at_end = false;
        self.stat(StatKind::Label(Label { name, at_end }));
    }

    pub fn block(&mut self, count: Count) -> &'a Block<'a> {
        let labels = match self.labels.is_empty() {
            true => &[],
            false => self.labels(count),
        };
        let stats = match count == self.stats.len() && count >= LONG {
            true => self.all_stats(),
            false => take(self.arena, self.stage, &mut self.stats, count),
        };
        self.arena.alloc(Block { stats, labels })
    }

    /// All statements so far, which are one block.
    fn all_stats(&mut self) -> &'a [Stat<'a>] {
        let all = std::mem::take(&mut self.stats).into_vec();
        match self.long_main.set(all) {
            Ok(()) => self.long_main.get().map_or(&[], |all| all.as_slice()),
            // A block inside has them already.
            Err(all) => self.arena.alloc_slice_copy(&all),
        }
    }

    /// The labels of the block that begins `count` statements ago; those at its end are told so.
    fn labels(&mut self, count: Count) -> &'a [Sym] {
        let start = self.stats.len().saturating_sub(count);
        let stats = self.stats.get_mut(start..).unwrap_or_default();
        for (number, stat) in stats.iter_mut().rev().enumerate() {
            let StatKind::Label(label) = &mut stat.kind else {
                break;
            };
            label.at_end = true;
            if number % COPIED == COPIED - 1 {
                let _ = self.stage.step_aside(COPIED / FOR_A_STEP);
            }
        }
        let first = self.label_places.partition_point(|place| *place < start);
        let labels = self.labels.len() - first;
        self.label_places.truncate(first);
        take(self.arena, self.stage, &mut self.labels, labels)
    }

    pub fn name(&mut self, before: Count, name: Sym) -> Count {
        push(&mut self.names, name, self.bytes / APART);
        before + 1
    }

    pub fn expr(&mut self, before: Count, expr: Expr<'a>) -> Count {
        push(&mut self.exprs, expr, self.bytes / APART);
        before + 1
    }

    /// A target of an assignment.
    pub fn target(&mut self, before: Count, target: Expr<'a>) -> Count {
        push(&mut self.targets, target, self.bytes / APART);
        before + 1
    }

    /// A target that is no name: it has to be a field or an index.
    pub fn chain_target(
        &mut self,
        before: Count,
        chain: impl Into<Chain<Expr<'a>>>,
    ) -> Result<Count, Stop> {
        let chain = chain.into();
        let last = self.suffixes.last();
        let fits = matches!(last, Some(Suffix::Field(_) | Suffix::Index(_)));
        let fits = fits && chain.suffixes > 0;
        let target = self.chain(chain);
        let count = self.target(before, target);
        if fits { Ok(count) } else { Err(Stop) }
    }

    /// A call as a statement.
    pub fn call_stat(&mut self, chain: impl Into<Chain<Expr<'a>>>) -> Result<(), Stop> {
        let chain = chain.into();
        let last = self.suffixes.last();
        let is_call = matches!(last, Some(Suffix::Call(_) | Suffix::Method(..)));
        let is_call = is_call && chain.suffixes > 0;
        let call = self.chain(chain);
        self.stat(StatKind::Call(call));
        if is_call { Ok(()) } else { Err(Stop) }
    }

    pub fn assign(&mut self, targets: Count, values: Count) {
        let targets = take(self.arena, self.stage, &mut self.targets, targets);
        let values = take(self.arena, self.stage, &mut self.exprs, values);
        let assign = self.arena.alloc(Assign { targets, values });
        self.stat(StatKind::Assign(assign));
    }

    pub fn local(&mut self, names: Count, values: Count) {
        let names = take(self.arena, self.stage, &mut self.names, names);
        let values = take(self.arena, self.stage, &mut self.exprs, values);
        let local = self.arena.alloc(Local { names, values });
        self.stat(StatKind::Local(local));
    }

    pub fn for_in(&mut self, names: Count, values: Count, body: &'a Block<'a>) {
        let names = take(self.arena, self.stage, &mut self.names, names);
        let values = take(self.arena, self.stage, &mut self.exprs, values);
        let parts = ForIn {
            names,
            values,
            body,
        };
        let parts = self.arena.alloc(parts);
        self.stat(StatKind::ForIn(parts));
    }

    pub fn for_number(&mut self, parts: ForNumber<'a>) {
        let parts = self.arena.alloc(parts);
        self.stat(StatKind::ForNumber(parts));
    }

    pub fn clause(&mut self, before: Count, condition: Expr<'a>, body: &'a Block<'a>) -> Count {
        push(
            &mut self.clauses,
            Clause { condition, body },
            self.bytes / CLAUSE,
        );
        before + 1
    }

    pub fn if_stat(&mut self, clauses: Count, otherwise: Option<&'a Block<'a>>) {
        let clauses = take(self.arena, self.stage, &mut self.clauses, clauses);
        let parts = self.arena.alloc(If { clauses, otherwise });
        self.stat(StatKind::If(parts));
    }

    pub fn while_stat(&mut self, condition: Expr<'a>, body: &'a Block<'a>) {
        let clause = self.arena.alloc(Clause { condition, body });
        self.stat(StatKind::While(clause));
    }

    pub fn repeat_stat(&mut self, condition: Expr<'a>, body: &'a Block<'a>) {
        let clause = self.arena.alloc(Clause { condition, body });
        self.stat(StatKind::Repeat(clause));
    }

    pub fn return_stat(&mut self, values: Count) {
        let values = take(self.arena, self.stage, &mut self.exprs, values);
        self.stat(StatKind::Return(values));
    }

    pub fn function(
        &mut self,
        params: Count,
        vararg: bool,
        body: &'a Block<'a>,
    ) -> &'a Function<'a> {
        let params = take(self.arena, self.stage, &mut self.names, params);
        self.arena.alloc(Function {
            params,
            vararg,
            body,
        })
    }

    /// The body was read after the path, so its parameters are already off the stack.
    pub fn named_function(&mut self, path: Count, method: Option<Sym>, function: &'a Function<'a>) {
        let path = take(self.arena, self.stage, &mut self.names, path);
        let named = self.arena.alloc(NamedFunction {
            path,
            method,
            function,
        });
        self.stat(StatKind::Function(named));
    }

    pub fn paren(&mut self, inner: Expr<'a>) -> Chain<&'a Expr<'a>> {
        let head = self.arena.alloc(inner);
        Chain { head, suffixes: 0 }
    }

    pub fn suffix(&mut self, suffix: Suffix<'a>) {
        push(&mut self.suffixes, suffix, self.bytes / APART);
    }

    pub fn chain(&mut self, chain: impl Into<Chain<Expr<'a>>>) -> Expr<'a> {
        let Chain { head, suffixes } = chain.into();
        if suffixes == 0 {
            return head;
        }
        let suffixes = take(self.arena, self.stage, &mut self.suffixes, suffixes);
        Expr::Suffixed(self.arena.alloc(Suffixed { head, suffixes }))
    }

    pub fn args(&mut self, values: Count) -> Args<'a> {
        Args::List(take(self.arena, self.stage, &mut self.exprs, values))
    }

    pub fn item(&mut self, before: Count, item: Item<'a>) -> Count {
        push(&mut self.items, item, self.bytes);
        before + 1
    }

    /// An operand and the operator behind it.
    pub fn left_operand(&mut self, before: Count, operand: Expr<'a>, operator: Binary) -> Count {
        let count = self.item(before, Item::Operand(operand));
        self.item(count, Item::Binary(operator))
    }

    pub fn operation(&mut self, before: Count, last: Expr<'a>) -> Expr<'a> {
        let count = self.item(before, Item::Operand(last));
        let items = take(self.arena, self.stage, &mut self.items, count);
        Expr::Operation(self.arena.alloc(Operation(items)))
    }

    pub fn field(&mut self, field: Field<'a>) {
        push(&mut self.fields, field, self.bytes / APART);
    }

    pub fn keyed(&mut self, key: Expr<'a>, value: Expr<'a>) {
        let key = self.arena.alloc(key);
        self.field(Field::Keyed(key, value));
    }

    pub fn table(&mut self, fields: Count, trailing: bool) -> &'a Table<'a> {
        let fields = take(self.arena, self.stage, &mut self.fields, fields);
        self.arena.alloc(Table { fields, trailing })
    }
}
