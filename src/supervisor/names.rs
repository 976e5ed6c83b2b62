//! Names of guests, by which others find them. Must not know what a guest does.

use super::Refusal;
use super::arena::Id;
use super::verbs::Supervisor;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Who has which name. Its lock may be taken while a guest is held, and no other one behind it.
#[derive(Debug, Default)]
pub(crate) struct Names(Mutex<BTreeMap<Arc<str>, Id>>);

impl Names {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, Id>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a guest a name, unless another guest has it; says whether it has it now.
    pub fn give(&self, name: &Arc<str>, id: Id) -> bool {
        *self.lock().entry(name.clone()).or_insert(id) == id
    }

    /// Makes a name free for others.
    pub fn free(&self, name: &str) {
        self.lock().remove(name);
    }

    /// The guest that has a name.
    pub fn find(&self, name: &str) -> Option<Id> {
        self.lock().get(name).copied()
    }
}

impl Supervisor {
    /// Gives the guest a name, in the place of one that it had, by which [`Supervisor::find`] and, in other guests,
    /// `task.find` find it until it is gone. Its copies and what it spawns do not have the name.
    ///
    /// ```
    /// use bvm::{Plan, Supervisor};
    /// let supervisor = Supervisor::builder().threads(1).build();
    /// let sum = supervisor.create(Plan::source("return task.receive() + task.receive()", "=sum"))?;
    /// supervisor.name(sum, "sum")?;
    /// supervisor.start(sum)?;
    /// for n in 1..=2 {
    ///     let plan = Plan::source("task.send(task.find('sum'), ...)", "=part");
    ///     supervisor.start(supervisor.create(plan.args([f64::from(n).into()]))?)?;
    /// }
    /// supervisor.wait(sum)?;
    /// assert_eq!(supervisor.find("sum"), Some(sum));
    /// # Ok::<(), bvm::Refusal>(())
    /// ```
    ///
    /// # Errors
    /// [`Refusal::NameTaken`].
    pub fn name(&self, id: Id, name: &str) -> Result<(), Refusal> {
        self.shared.glance(id, |held| held.rename(name))
    }

    /// The guest that has a name.
    pub fn find(&self, name: &str) -> Option<Id> {
        self.shared.names.find(name)
    }
}
