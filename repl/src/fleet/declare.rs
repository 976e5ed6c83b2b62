//! The declaration of a fleet, in TOML. Must not start anything.

use super::console::Console;
use super::pipe::Writer;
use super::rights::Rights;
use crate::args;
use crate::driver;
use bvm::{Fuel, Limits, OnCrash, OnLimit, Plan, Ring, Value};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

/// A whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// How many threads run the guests.
    pub threads: Option<usize>,
    /// The guests, each entry for `count` of them.
    #[serde(rename = "guest")]
    pub guests: Vec<Guest>,
}

/// What one or more guests are to be.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guest {
    name: Option<String>,
    /// The path of the program or of its snapshot, from the folder of the file.
    pub script: String,
    /// How many of them there are.
    #[serde(default = "one")]
    pub count: u32,
    #[serde(default)]
    args: Vec<Argument>,
    fuel: Option<Tank>,
    memory: Option<Size>,
    /// Whether a full memory is the guest's end instead of an error.
    #[serde(default)]
    end_at_memory: bool,
    /// Bytes that it may write.
    output: Option<Size>,
    /// Messages that it may send.
    messages: Option<u64>,
    weight: Option<u32>,
    /// Seconds from the start.
    timeout: Option<f64>,
    on_crash: Option<Policy>,
    on_fuel: Option<Policy>,
    on_timeout: Option<Policy>,
    /// With this a full memory ends or pauses the guest, too.
    on_memory: Option<Policy>,
    #[serde(default)]
    spawns: u32,
    inbox: Option<Size>,
    /// Bits of address space.
    span: Option<u32>,
    seed: Option<u64>,
    /// Whether random numbers of a snapshot go on.
    #[serde(default)]
    keep_seed: bool,
    /// The ring of the program: 1, 2 or 3.
    ring: Option<u8>,
    /// The groups of hypercalls that it is granted.
    allow: Option<Vec<String>>,
}

/// Weights that the supervisor knows.
const WEIGHTS: RangeInclusive<u32> = 1..=1000;
/// Bits of address space that a guest may have.
const SPANS: RangeInclusive<u32> = 20..=32;

/// What snapshots begin with.
const SNAPSHOT: &[u8] = b"bvmsnap\n";

fn one() -> u32 {
    1
}

#[derive(Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "an argument is a truth value, a number or a text"
)]
enum Argument {
    Bool(bool),
    Number(f64),
    Text(String),
}

#[derive(Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "fuel is a number of units, 0 or more, or { size = UNITS, per_second = UNITS }"
)]
enum Tank {
    Units(u64),
    Bucket { size: u64, per_second: u64 },
}

#[derive(Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "a size is a number of bytes, 0 or more, or a text such as \"16M\", with K, M or G"
)]
enum Size {
    Bytes(u64),
    Text(String),
}

impl Size {
    fn bytes(&self) -> Result<u64, String> {
        match self {
            Size::Bytes(bytes) => Ok(*bytes),
            Size::Text(text) => args::size(text).ok_or_else(|| format!("'{text}' is no size")),
        }
    }
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Policy {
    Report,
    Pause,
    Kill,
    Restart(u32),
}

fn at_limit(policy: Option<Policy>, default: OnLimit) -> Result<OnLimit, String> {
    Ok(match policy {
        None => default,
        Some(Policy::Pause) => OnLimit::Pause,
        Some(Policy::Kill) => OnLimit::Kill,
        Some(Policy::Restart(most)) => OnLimit::Restart(most),
        Some(Policy::Report) => return Err("a limit pauses, kills or restarts".to_owned()),
    })
}

impl Declaration {
    /// Reads a file.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn parse(bytes: &[u8]) -> Result<Declaration, String> {
        let read = toml::from_slice(bytes);
        let declaration: Declaration =
            read.map_err(|error| error.to_string().trim_end().to_owned())?;
        // Without a thread nobody would run the guests.
        match declaration.threads {
            Some(0) => Err("'threads' must be at least 1".to_owned()),
            _ => Ok(declaration),
        }
    }

    /// Looks for guests that cannot be told apart, and for numbers that mean nothing.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn check(&self) -> Result<(), String> {
        let mut names = BTreeSet::new();
        for guest in &self.guests {
            let numbers = [
                ("weight", guest.weight, WEIGHTS),
                ("span", guest.span, SPANS),
            ];
            for (key, number, allowed) in numbers {
                if let Some(number) = number
                    && !allowed.contains(&number)
                {
                    let (name, least, most) = (guest.name_of(1), allowed.start(), allowed.end());
                    return Err(format!(
                        "guest '{name}': {key} = {number}, where {least} to {most} is allowed"
                    ));
                }
            }
            for number in 1..=guest.count {
                let name = guest.name_of(number);
                if let Some(name) = names.replace(name) {
                    return Err(format!("guest '{name}': another guest has this name"));
                }
            }
        }
        Ok(())
    }
}

impl Guest {
    /// The name of one of the guests, counted from 1.
    pub fn name_of(&self, number: u32) -> String {
        let script = || {
            let file = self.script.rsplit('/').next().unwrap_or_default();
            file.trim_end_matches(".lua").to_owned()
        };
        let name = self.name.clone().unwrap_or_else(script);
        match self.count {
            1 => name,
            _ => format!("{name}-{number}"),
        }
    }

    fn limits(&self) -> Result<Limits, String> {
        let defaults = Limits::default();
        let timeout = self.timeout.map(Duration::try_from_secs_f64).transpose();
        Ok(Limits {
            weight: self.weight.unwrap_or(defaults.weight),
            fuel: match self.fuel {
                None => Fuel::Unlimited,
                Some(Tank::Units(units)) => Fuel::Units(units),
                Some(Tank::Bucket { size, per_second }) => Fuel::Bucket { size, per_second },
            },
            deadline: timeout.map_err(|error| error.to_string())?,
            on_crash: match self.on_crash {
                None | Some(Policy::Report) => OnCrash::Report,
                Some(Policy::Restart(most)) => OnCrash::Restart(most),
                Some(_) => return Err("a crash is reported or restarts".to_owned()),
            },
            on_fuel: at_limit(self.on_fuel, defaults.on_fuel)?,
            on_deadline: at_limit(self.on_timeout, defaults.on_deadline)?,
            on_memory: match self.on_memory {
                None => defaults.on_memory,
                policy => Some(at_limit(policy, OnLimit::Kill)?),
            },
            memory: self.memory.as_ref().map(Size::bytes).transpose()?,
            output: self
                .output
                .as_ref()
                .map_or(Ok(defaults.output), Size::bytes)?,
            messages: self.messages.unwrap_or(defaults.messages),
        })
    }

    fn ring(&self) -> Result<Ring, String> {
        let number = self.ring.unwrap_or(Ring::default().number());
        Ring::new(number).ok_or_else(|| format!("there is no ring {number}"))
    }

    /// What the guests may use: without a word about it, write, know the time, and send messages. Folders are seen from where
    /// the file is, in `base`.
    ///
    /// # Errors
    /// What of it cannot be.
    pub fn rights(&self, base: &Path) -> Result<Rights, String> {
        let default = ["console", "time", "task"].map(str::to_owned);
        let words = self.allow.as_deref().unwrap_or(&default);
        let rights = Rights::of(words, self.ring()?.number(), base);
        rights.map_err(|text| format!("guest '{}': {text}", self.name_of(1)))
    }

    /// The plan of one of the guests, whose program is `source`.
    ///
    /// # Errors
    /// What of it cannot be.
    pub fn plan(
        &self,
        source: &[u8],
        number: u32,
        rights: &Rights,
        written: &Writer,
    ) -> Result<Plan, String> {
        let wrong = |text: String| format!("guest '{}': {text}", self.name_of(number));
        let arg = |arg: &Argument| match arg {
            Argument::Bool(b) => Value::Bool(*b),
            Argument::Number(n) => Value::Number(*n),
            Argument::Text(text) => Value::from(text.as_str()),
        };
        let (written, folders) = (written.clone(), rights.folders.clone());
        let mut plan = match source.starts_with(SNAPSHOT) {
            true => Plan::snapshot(source),
            false => Plan::source(source, &format!("@{}", self.script)),
        };
        plan = plan
            .args(self.args.iter().map(arg).collect::<Vec<_>>())
            .limits(self.limits().map_err(wrong)?)
            .spawns(self.spawns)
            .host(move |id| Console::new(id, written.clone(), folders.clone()));
        let (grants, ring) = (rights.grants, self.ring().map_err(wrong)?);
        let (seed, span) = (self.seed, self.span);
        let ends = self.end_at_memory || self.on_memory.is_some();
        let keeps = self.keep_seed;
        plan = plan.guest(move |guest| {
            let mut guest = guest.grants(grants).ring(ring).keep_seed(keeps);
            guest = guest.more_natives(&driver::NATIVES).asks_again();
            if let Some(seed) = seed {
                guest = guest.seed(seed);
            }
            if let Some(bits) = span {
                guest = guest.span(bits);
            }
            match ends {
                true => guest.end_at_memory(),
                false => guest,
            }
        });
        if let Some(size) = &self.inbox {
            let bytes = size.bytes().map_err(wrong)?;
            plan = plan.inbox(usize::try_from(bytes).unwrap_or(usize::MAX));
        }
        Ok(plan)
    }
}
