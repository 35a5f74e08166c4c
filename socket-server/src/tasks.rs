//! Tasks of a node: every one that it starts passes through here, so that a simulation can stop a node with all that it does.

/// A task of the node that is at work.
#[cfg(not(test))]
pub(crate) fn of_node<F: Future>(task: F) -> F {
    task
}

#[cfg(test)]
pub(crate) use crate::simulation::of_node;
