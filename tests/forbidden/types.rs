//! Values of host types go with their guest from thread to thread.

use bvm::{Class, UserData};
use std::cell::Cell;
use std::rc::Rc;

pub struct NotSent(pub Rc<u32>);

impl UserData for NotSent { //~ E0277
    const NAME: &'static str = "NotSent";
    fn class(_: &mut Class<NotSent>) {}
}

#[derive(UserData)]
pub struct NotShared { //~ E0277
    pub count: Cell<u32>,
}
