//! Where the boxes of a diagram go, and how the lines between them run.
//!
//! The boxes stand in columns: who refers to another stands right of it. A line that passes a column
//! has a lane of its own between the boxes, which all lines from the same box share; so no line runs
//! through a box. Everything is decided by the order of the input: the same input, the same picture.

mod columns;
mod graph;

use std::collections::{BTreeMap, BTreeSet};

use columns::{assign_columns, without_circles};
use graph::{Graph, Item};

/// A box to be placed, in pixels.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Its least width. All boxes of a column are as wide as the widest.
    pub width: f64,
    /// Its height.
    pub height: f64,
}

/// A placed box.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Place {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// A level piece of a line, beside the boxes of a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lane {
    /// Where it begins, on the left.
    pub from: f64,
    /// Where it ends, on the right.
    pub to: f64,
    /// Its height in the picture.
    pub y: f64,
}

/// The lanes by parent and child.
pub type Lanes = BTreeMap<(usize, usize), Vec<Lane>>;

/// Everything placed.
#[derive(Debug, Default)]
pub struct Layout {
    /// The boxes, in the order of the input.
    pub places: Vec<Place>,
    /// For each pair (parent, child) the lanes that its line runs through, from left to right. Empty
    /// where the columns are neighbours.
    pub lanes: Lanes,
    /// Width of the whole.
    pub width: f64,
    /// Height of the whole.
    pub height: f64,
}

/// Free space around the whole.
const MARGIN: f64 = 24.0;
/// Between two columns, for the lines to turn.
const GUTTER: f64 = 72.0;
/// Between boxes that nothing refers to and that refer to nothing.
const GRID: f64 = 24.0;

/// Places boxes. `edges` are pairs (parent, child); those from a box to itself are passed over.
pub fn layout(sizes: &[Size], edges: &[(usize, usize)]) -> Layout {
    let edges: BTreeSet<(usize, usize)> = edges.iter().copied().filter(|(a, b)| a != b).collect();
    let linked: BTreeSet<usize> = edges.iter().flat_map(|(a, b)| [*a, *b]).collect();
    let forward = without_circles(sizes.len(), &edges);
    let columns = assign_columns(sizes.len(), &linked, &forward);
    let mut graph = Graph::new(sizes, &linked, &forward, &columns);
    graph.order();
    let middles = graph.middles();

    let mut out = Layout {
        places: vec![Place::default(); sizes.len()],
        ..Layout::default()
    };
    let mut x = MARGIN;
    let mut bottom: f64 = MARGIN;
    let mut spans = Vec::new();
    for column in &graph.columns {
        let boxes = column.iter().filter_map(|i| match graph.items[*i] {
            Item::Box(b) => Some(sizes[b].width),
            Item::Lane { .. } => None,
        });
        let width = boxes.fold(0.0, f64::max);
        for i in column {
            let (middle, height) = (middles[*i], graph.heights[*i]);
            bottom = bottom.max(middle + height / 2.0);
            if let Item::Box(b) = graph.items[*i] {
                out.places[b] = Place {
                    x,
                    y: middle - height / 2.0,
                    width,
                    height,
                };
            }
        }
        spans.push((x, x + width));
        x += width + GUTTER;
    }
    out.width = if spans.is_empty() {
        MARGIN
    } else {
        x - GUTTER + MARGIN
    };
    out.lanes = lanes(&graph, &edges, &columns, &middles, &spans);
    grid(&mut out, sizes, &linked, bottom, spans.is_empty());
    out
}

fn lanes(
    graph: &Graph,
    edges: &BTreeSet<(usize, usize)>,
    columns: &[usize],
    middles: &[f64],
    spans: &[(f64, f64)],
) -> Lanes {
    let mut place: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    for (column, items) in graph.columns.iter().enumerate() {
        for item in items {
            if let Item::Lane { from } = graph.items[*item] {
                place.insert((from, column), middles[*item]);
            }
        }
    }
    edges
        .iter()
        .map(|(a, b)| {
            // An edge that was turned around begins at its child.
            let (first, second) = if columns[*a] <= columns[*b] {
                (a, b)
            } else {
                (b, a)
            };
            let through = (columns[*first] + 1..columns[*second])
                .filter_map(|c| {
                    let y = *place.get(&(*first, c))?;
                    let (from, to) = spans[c];
                    Some(Lane { from, to, y })
                })
                .collect();
            ((*a, *b), through)
        })
        .collect()
}

/// Boxes without any line, in rows below the others.
fn grid(out: &mut Layout, sizes: &[Size], linked: &BTreeSet<usize>, bottom: f64, alone: bool) {
    let rest: Vec<usize> = (0..sizes.len()).filter(|n| !linked.contains(n)).collect();
    if rest.is_empty() {
        out.height = bottom + MARGIN;
        return;
    }
    let widest = rest.iter().map(|n| sizes[*n].width).fold(0.0, f64::max);
    // Alone they make a block that is wider than high.
    let fitting = match alone {
        true => (rest.len() as f64).sqrt().ceil() * 1.3,
        false => (out.width - 2.0 * MARGIN + GRID) / (widest + GRID),
    };
    let across = (fitting.floor() as usize).max(1);
    let mut y = if alone { MARGIN } else { bottom + 2.0 * GRID };
    for row in rest.chunks(across) {
        let height = row.iter().map(|n| sizes[*n].height).fold(0.0, f64::max);
        for (i, node) in row.iter().enumerate() {
            out.places[*node] = Place {
                x: MARGIN + i as f64 * (widest + GRID),
                y,
                width: widest,
                height: sizes[*node].height,
            };
        }
        y += height + GRID;
    }
    let used = across.min(rest.len()) as f64;
    out.width = out.width.max(2.0 * MARGIN + used * (widest + GRID) - GRID);
    out.height = y - GRID + MARGIN;
}

#[cfg(test)]
#[path = "layout_tests.rs"]
mod tests;
