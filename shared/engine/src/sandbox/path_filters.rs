//! The filters that change values at paths, as the interpreter calls them.

use super::Metered;
use super::meter::{Exhausted, MAX_DEPTH, charge, give_up};
use super::syntax::{ASSIGN, MODIFY};
use super::update::{change_at, delete_paths, path_of};
use super::value::Val;
use jaq_core::box_iter::box_once;
use jaq_core::native::{Fun, bome, run, v};
use jaq_core::{Bind, Cv, Exn, ValX};

/// The filters of this file.
pub(super) fn funs() -> impl Iterator<Item = Fun<Metered>> {
    let modify_arguments = [Bind::Fun(()), Bind::Fun(())].into();
    let assign_arguments = [Bind::Fun(()), Bind::Var(())].into();
    [
        run::<Metered>((MODIFY, modify_arguments, |cv| box_once(modified(cv)))),
        run((ASSIGN, assign_arguments, |cv| box_once(assigned(cv)))),
        run(("setpath", v(2), |mut cv| {
            let value = cv.0.pop_var();
            let path = cv.0.pop_var();
            box_once(set(cv.1, &path, &value))
        })),
        run(("delpaths", v(1), |mut cv| {
            let paths = cv.0.pop_var();
            bome(delete_paths(cv.1, &paths))
        })),
    ]
    .into_iter()
}

fn set<'a>(mut value: Val, path: &Val, new: &Val) -> ValX<'a, Val> {
    let path = path_of(path).map_err(Exn::from)?;
    check_length(path.len());
    change_at(&mut value, path, &mut |_| Ok(Some(new.clone())))?;
    Ok(value)
}

/// A value at a longer path would nest too deeply.
fn check_length(path: usize) {
    if path > MAX_DEPTH {
        give_up(Exhausted::Depth)
    }
}

/// `paths |= change`: each value becomes the first output of the change, or is removed when there is none.
fn modified<'a>(mut cv: Cv<'a, Metered>) -> ValX<'a, Val> {
    let (change, change_context) = cv.0.pop_fun();
    let (paths, paths_context) = cv.0.pop_fun();
    let mut value = cv.1;
    let mut gone = Vec::new();
    for found in paths.paths((paths_context, (value.clone(), Default::default()))) {
        let (_, path) = found?;
        let path = collected(path.iter());
        let mut first_output = |old| change.run((change_context.clone(), old)).next().transpose();
        if !change_at(&mut value, &path, &mut first_output)? {
            gone.push(Val::list(path));
        }
    }
    if gone.is_empty() {
        return Ok(value);
    }
    delete_paths(value, &Val::list(gone)).map_err(Exn::from)
}

/// `paths = value`, for one value.
fn assigned<'a>(mut cv: Cv<'a, Metered>) -> ValX<'a, Val> {
    let new = cv.0.pop_var();
    let (paths, context) = cv.0.pop_fun();
    let mut value = cv.1;
    for found in paths.paths((context, (value.clone(), Default::default()))) {
        let (_, path) = found?;
        let path = collected(path.iter());
        change_at(&mut value, &path, &mut |_| Ok(Some(new.clone())))?;
    }
    Ok(value)
}

/// The keys of a path, which the interpreter holds from the last to the first.
fn collected<'p>(keys: impl Iterator<Item = &'p Val>) -> Vec<Val> {
    let mut path: Vec<Val> = keys
        .map(|key| {
            charge(1);
            key.clone()
        })
        .collect();
    check_length(path.len());
    path.reverse();
    path
}
