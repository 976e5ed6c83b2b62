//! What grammar actions call to make tree nodes. Lists under construction wait on one stack for
//! each kind of element: a rule's value is how many of the topmost elements are its own.

use bumpalo::Bump;

use crate::ast::{
    Args, Assign, Block, Clause, Expr, Field, ForIn, ForNumber, Function, If, Item, Label, Local,
    NamedFunction, Operation, Stat, StatKind, Suffix, Suffixed, Table,
};
use crate::lexer::Stop;
use crate::pool::Sym;

/// Number of elements on top of a stack.
pub type Count = usize;

/// A name or parenthesis whose suffixes wait on the stack.
#[derive(Clone, Copy, Debug)]
pub struct Chain<'a> {
    pub head: Expr<'a>,
    pub suffixes: Count,
}

/// The stacks and the arena.
pub struct Builder<'a> {
    arena: &'a Bump,
    /// A label was met, so blocks are searched for labels.
    has_labels: bool,
    stats: Vec<Stat<'a>>,
    exprs: Vec<Expr<'a>>,
    targets: Vec<Expr<'a>>,
    names: Vec<Sym>,
    suffixes: Vec<Suffix<'a>>,
    items: Vec<Item<'a>>,
    fields: Vec<Field<'a>>,
    clauses: Vec<Clause<'a>>,
}

/// Moves the topmost `count` elements into the arena. Most lists have one element or none.
fn take<'a, T: Copy>(arena: &'a Bump, stack: &mut Vec<T>, count: Count) -> &'a [T] {
    match count {
        0 => &[],
        1 => match stack.pop() {
            Some(only) => std::slice::from_ref(arena.alloc(only)),
            None => &[],
        },
        _ => {
            let start = stack.len().saturating_sub(count);
            let list = arena.alloc_slice_copy(stack.get(start..).unwrap_or_default());
            stack.truncate(start);
            list
        }
    }
}

impl<'a> Builder<'a> {
    /// A builder with empty stacks.
    pub fn new(arena: &'a Bump) -> Builder<'a> {
        Builder {
            arena,
            has_labels: false,
            stats: Vec::new(),
            exprs: Vec::new(),
            targets: Vec::new(),
            names: Vec::new(),
            suffixes: Vec::new(),
            items: Vec::new(),
            fields: Vec::new(),
            clauses: Vec::new(),
        }
    }

    pub fn stat(&mut self, before: Count, kind: StatKind<'a>) -> Count {
        let semicolon = false;
        self.stats.push(Stat { kind, semicolon });
        before + 1
    }

    /// A semicolon behind the last statement.
    pub fn semicolon(&mut self, count: Count) -> Count {
        if let Some(stat) = self.stats.last_mut() {
            stat.semicolon = true;
        }
        count
    }

    pub fn label(&mut self, name: Sym) -> StatKind<'a> {
        self.has_labels = true;
        let at_end = false;
        StatKind::Label(Label { name, at_end })
    }

    pub fn block(&mut self, count: Count) -> Block<'a> {
        let labels = match self.has_labels {
            true => self.labels(count),
            false => &[],
        };
        let stats = take(self.arena, &mut self.stats, count);
        Block { stats, labels }
    }

    /// The labels of the block that begins `count` statements ago; those at its end are told so.
    fn labels(&mut self, count: Count) -> &'a [Sym] {
        let start = self.stats.len().saturating_sub(count);
        let stats = self.stats.get_mut(start..).unwrap_or_default();
        for stat in stats.iter_mut().rev() {
            let StatKind::Label(label) = &mut stat.kind else {
                break;
            };
            label.at_end = true;
        }
        let labels = stats.iter().filter_map(|stat| match stat.kind {
            StatKind::Label(label) => Some(label.name),
            _ => None,
        });
        let labels: Vec<Sym> = labels.collect();
        self.arena.alloc_slice_copy(&labels)
    }

    pub fn name(&mut self, before: Count, name: Sym) -> Count {
        self.names.push(name);
        before + 1
    }

    pub fn expr(&mut self, before: Count, expr: Expr<'a>) -> Count {
        self.exprs.push(expr);
        before + 1
    }

    /// A target of an assignment: a name, a field or an index.
    pub fn target(&mut self, before: Count, chain: Chain<'a>) -> Result<Count, Stop> {
        let last = self.suffixes.last();
        let fits = match chain.suffixes {
            0 => matches!(chain.head, Expr::Name(_)),
            _ => matches!(last, Some(Suffix::Field(_) | Suffix::Index(_))),
        };
        let target = self.chain(chain);
        self.targets.push(target);
        if fits { Ok(before + 1) } else { Err(Stop) }
    }

    /// A call as a statement.
    pub fn call_stat(&mut self, chain: Chain<'a>) -> Result<StatKind<'a>, Stop> {
        let last = self.suffixes.last();
        let is_call = matches!(last, Some(Suffix::Call(_) | Suffix::Method(..)));
        let is_call = is_call && chain.suffixes > 0;
        let call = self.chain(chain);
        if is_call {
            Ok(StatKind::Call(call))
        } else {
            Err(Stop)
        }
    }

    pub fn assign(&mut self, targets: Count, values: Count) -> StatKind<'a> {
        let targets = take(self.arena, &mut self.targets, targets);
        let values = take(self.arena, &mut self.exprs, values);
        StatKind::Assign(self.arena.alloc(Assign { targets, values }))
    }

    pub fn local(&mut self, names: Count, values: Count) -> StatKind<'a> {
        let names = take(self.arena, &mut self.names, names);
        let values = take(self.arena, &mut self.exprs, values);
        StatKind::Local(self.arena.alloc(Local { names, values }))
    }

    pub fn for_in(&mut self, names: Count, values: Count, body: Block<'a>) -> StatKind<'a> {
        let names = take(self.arena, &mut self.names, names);
        let values = take(self.arena, &mut self.exprs, values);
        StatKind::ForIn(self.arena.alloc(ForIn {
            names,
            values,
            body,
        }))
    }

    pub fn for_number(&mut self, parts: ForNumber<'a>) -> StatKind<'a> {
        StatKind::ForNumber(self.arena.alloc(parts))
    }

    pub fn clause(&mut self, before: Count, condition: Expr<'a>, body: Block<'a>) -> Count {
        self.clauses.push(Clause { condition, body });
        before + 1
    }

    pub fn if_stat(&mut self, clauses: Count, otherwise: Option<Block<'a>>) -> StatKind<'a> {
        let clauses = take(self.arena, &mut self.clauses, clauses);
        StatKind::If(self.arena.alloc(If { clauses, otherwise }))
    }

    pub fn guarded(&mut self, condition: Expr<'a>, body: Block<'a>) -> &'a Clause<'a> {
        self.arena.alloc(Clause { condition, body })
    }

    pub fn return_stat(&mut self, values: Count) -> StatKind<'a> {
        StatKind::Return(take(self.arena, &mut self.exprs, values))
    }

    pub fn function(&mut self, params: Count, vararg: bool, body: Block<'a>) -> Function<'a> {
        let params = take(self.arena, &mut self.names, params);
        Function {
            params,
            vararg,
            body,
        }
    }

    /// The body was read after the path, so its parameters are already off the stack.
    pub fn named_function(
        &mut self,
        path: Count,
        method: Option<Sym>,
        function: Function<'a>,
    ) -> StatKind<'a> {
        let path = take(self.arena, &mut self.names, path);
        StatKind::Function(self.arena.alloc(NamedFunction {
            path,
            method,
            function,
        }))
    }

    pub fn alloc_function(&mut self, function: Function<'a>) -> &'a Function<'a> {
        self.arena.alloc(function)
    }

    pub fn paren(&mut self, inner: Expr<'a>) -> Chain<'a> {
        let head = Expr::Paren(self.arena.alloc(inner));
        Chain { head, suffixes: 0 }
    }

    pub fn suffix(&mut self, chain: Chain<'a>, suffix: Suffix<'a>) -> Chain<'a> {
        self.suffixes.push(suffix);
        let suffixes = chain.suffixes + 1;
        Chain { suffixes, ..chain }
    }

    pub fn chain(&mut self, chain: Chain<'a>) -> Expr<'a> {
        if chain.suffixes == 0 {
            return chain.head;
        }
        let suffixes = take(self.arena, &mut self.suffixes, chain.suffixes);
        let head = chain.head;
        Expr::Suffixed(self.arena.alloc(Suffixed { head, suffixes }))
    }

    pub fn args(&mut self, values: Count) -> Args<'a> {
        Args::List(take(self.arena, &mut self.exprs, values))
    }

    pub fn item(&mut self, before: Count, item: Item<'a>) -> Count {
        self.items.push(item);
        before + 1
    }

    pub fn operation(&mut self, before: Count, last: Expr<'a>) -> Expr<'a> {
        let count = self.item(before, Item::Operand(last));
        let items = take(self.arena, &mut self.items, count);
        Expr::Operation(self.arena.alloc(Operation(items)))
    }

    pub fn field(&mut self, before: Count, field: Field<'a>) -> Count {
        self.fields.push(field);
        before + 1
    }

    pub fn keyed(&mut self, key: Expr<'a>, value: Expr<'a>) -> Field<'a> {
        Field::Keyed(self.arena.alloc(key), value)
    }

    pub fn table(&mut self, fields: Count, trailing: bool) -> &'a Table<'a> {
        let fields = take(self.arena, &mut self.fields, fields);
        self.arena.alloc(Table { fields, trailing })
    }
}
