//! What the guests of a fleet may use: groups of hypercalls by their names, and folders as `bvm run --allow` has them.

use crate::allowed::{OF_FOLDERS, folder_in};
use crate::host::Folders;
use bvm::{Grants, Group};
use std::path::Path;
use std::sync::Arc;

/// What guests of one declaration may use.
#[derive(Debug)]
pub struct Rights {
    pub grants: Grants,
    /// The only folders whose files there are for them; `None` for all files.
    pub folders: Option<Arc<Folders>>,
}

impl Rights {
    /// What the words allow for programs of a ring. Folders are seen from where `base` is. The groups `io` and `load` by their
    /// names are for all files.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn of(words: &[String], ring: u8, base: &Path) -> Result<Rights, String> {
        let (mut grants, mut folders) = (Grants::none(), Folders::default());
        let mut is_confined = true;
        for word in words {
            if let Some((folder, writes)) = folder_in(word) {
                let granted = folders.grant(&base.join(folder), writes);
                granted.map_err(|error| format!("{word}: {error}"))?;
                let allow = |grants: Grants, group| grants.allow(ring, group);
                grants = OF_FOLDERS.into_iter().fold(grants, allow);
                continue;
            }
            let group = Group::ALL.iter().find(|group| group.name() == word);
            let group = group.ok_or_else(|| format!("there is no group '{word}'"))?;
            is_confined &= !OF_FOLDERS.contains(group);
            grants = grants.allow(ring, *group);
        }
        let folders = is_confined.then(|| Arc::new(folders));
        Ok(Rights { grants, folders })
    }
}
