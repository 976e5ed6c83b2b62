//! Machines of new guests. The first guest of a kind is made step by step, and the others, which are to
//! be equal to it in everything, from its image. Must not run anything.

use crate::builder::Libraries;
use crate::error::Error;
use bvm_isa::Dialect;
use bvm_vm::vm::Config;
use bvm_vm::{Image, Ring, Vm};
use std::sync::{Arc, Mutex, PoisonError};

/// All that the bytes of a new guest depend on. The memory limit is no part of it: a guest whose limit
/// covers an image is what would have been made under that limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Kind {
    seed: u64,
    dialect: Dialect,
    span_bits: Option<u32>,
    libraries: Libraries,
    tasks: bool,
}

/// The images of the kinds asked for last, in the order in which they were made.
static IMAGES: Mutex<Vec<(Kind, Arc<Image>)>> = Mutex::new(Vec::new());

/// Most images kept. Whoever gives every guest a seed of its own has no use for any.
const MOST: usize = 4;

/// A machine with the libraries and the table of handles.
pub(crate) fn machine(config: &Config, libraries: Libraries, tasks: bool) -> Result<Vm, Error> {
    match Vm::from_image(&*image(config, libraries, tasks)?, config.memory) {
        Ok(vm) => Ok(vm),
        // The limit is low, or address space is scarce.
        Err(_) => make(config.clone(), libraries, tasks),
    }
}

/// The image of the kind that is asked for.
pub(crate) fn image(
    config: &Config,
    libraries: Libraries,
    tasks: bool,
) -> Result<Arc<Image>, Error> {
    let kind = Kind {
        seed: config.seed,
        dialect: config.dialect,
        span_bits: config.span_bits,
        libraries,
        tasks,
    };
    if let Some(image) = find(kind) {
        return Ok(image);
    }
    let unlimited = Config {
        memory: u64::MAX,
        ..config.clone()
    };
    let image = Arc::new(make(unlimited, libraries, tasks)?.image());
    keep(kind, image.clone());
    Ok(image)
}

/// Makes a machine step by step.
fn make(config: Config, libraries: Libraries, tasks: bool) -> Result<Vm, Error> {
    let config = Config {
        natives: bvm_stdlib::natives(),
        ..config
    };
    let mut vm = Vm::new(&config).map_err(|_| Error::NoRoom)?;
    if libraries == Libraries::All {
        bvm_stdlib::install(&mut vm).map_err(|_| Error::OutOfMemory)?;
    }
    if tasks {
        bvm_stdlib::install_tasks(&mut vm).map_err(|_| Error::OutOfMemory)?;
    }
    // Making the guest is not its own work.
    vm.drain_fuel();
    Ok(vm)
}

/// Makes `ring` the one in which the program of a new machine runs, with its globals when it has libraries.
pub(crate) fn move_to(vm: &mut Vm, ring: Ring, has_globals: bool) -> Result<(), Error> {
    let moved = vm.access(|cpu| match has_globals {
        true => bvm_stdlib::ring::use_globals_of(cpu, ring),
        false => Ok(()),
    });
    moved.map_err(|_| Error::OutOfMemory)?;
    vm.set_home(ring);
    vm.drain_fuel();
    Ok(())
}

fn find(kind: Kind) -> Option<Arc<Image>> {
    let images = IMAGES.lock().unwrap_or_else(PoisonError::into_inner);
    let known = images.iter().find(|(other, _)| *other == kind);
    known.map(|(_, image)| image.clone())
}

fn keep(kind: Kind, image: Arc<Image>) {
    let mut images = IMAGES.lock().unwrap_or_else(PoisonError::into_inner);
    if images.len() == MOST {
        images.remove(0);
    }
    images.push((kind, image));
}
