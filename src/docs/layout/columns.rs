//! In which column each box stands.

use std::collections::{BTreeSet, VecDeque};

/// The edges, those that would close a circle turned around.
pub fn without_circles(count: usize, edges: &BTreeSet<(usize, usize)>) -> BTreeSet<(usize, usize)> {
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut has_parent = vec![false; count];
    for (a, b) in edges {
        next[*a].push(*b);
        has_parent[*b] = true;
    }
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        No,
        Open,
        Done,
    }
    let mut seen = vec![Seen::No; count];
    let mut out = BTreeSet::new();
    // First from those that refer to nothing, so that they end up on the left.
    let starts = (0..count)
        .filter(|n| !has_parent[*n])
        .chain((0..count).filter(|n| has_parent[*n]));
    for start in starts {
        if seen[start] != Seen::No {
            continue;
        }
        let mut stack = vec![(start, 0)];
        seen[start] = Seen::Open;
        while let Some((node, at)) = stack.pop() {
            let Some(to) = next[node].get(at).copied() else {
                seen[node] = Seen::Done;
                continue;
            };
            stack.push((node, at + 1));
            if seen[to] == Seen::Open {
                out.insert((to, node));
                continue;
            }
            out.insert((node, to));
            if seen[to] == Seen::No {
                seen[to] = Seen::Open;
                stack.push((to, 0));
            }
        }
    }
    out
}

/// The column of each linked box: right of all that it refers to, as far left as that allows; but who
/// refers to nothing stands beside the first that refers to it, and columns do not get too long.
pub fn assign_columns(
    count: usize,
    linked: &BTreeSet<usize>,
    forward: &BTreeSet<(usize, usize)>,
) -> Vec<usize> {
    let mut columns = vec![0; count];
    let mut waiting = vec![0; count];
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (a, b) in forward {
        waiting[*b] += 1;
        children[*a].push(*b);
    }
    let roots: Vec<usize> = linked
        .iter()
        .copied()
        .filter(|n| waiting[*n] == 0)
        .collect();
    let mut queue: VecDeque<usize> = roots.iter().copied().collect();
    while let Some(node) = queue.pop_front() {
        for child in &children[node] {
            columns[*child] = columns[*child].max(columns[node] + 1);
            waiting[*child] -= 1;
            if waiting[*child] == 0 {
                queue.push_back(*child);
            }
        }
    }
    for root in roots {
        let first = children[root].iter().map(|c| columns[*c]).min();
        columns[root] = first.map_or(0, |c| c - 1);
    }
    // About as wide as high: those to whom nothing refers may stand further right.
    let most = ((linked.len() as f64).sqrt() * 1.5).ceil().max(6.0) as usize;
    let mut column = 0;
    while linked.iter().any(|n| columns[*n] >= column) {
        let here: Vec<usize> = linked
            .iter()
            .copied()
            .filter(|n| columns[*n] == column)
            .collect();
        let leaves = here.iter().rev().filter(|n| children[**n].is_empty());
        for node in leaves.take(here.len().saturating_sub(most)) {
            columns[*node] += 1;
        }
        column += 1;
    }
    columns
}
