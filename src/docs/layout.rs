//! Where the boxes of a diagram go, and how the lines between them run.
//!
//! The boxes stand in columns: who refers to another stands right of it. A line that passes a column
//! has a lane of its own between the boxes, which all lines from the same box share; so no line runs
//! through a box. Everything is decided by the order of the input: the same input, the same picture.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

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

/// Everything placed.
#[derive(Debug, Default)]
pub struct Layout {
    /// The boxes, in the order of the input.
    pub places: Vec<Place>,
    /// For each pair (parent, child) the lanes that its line runs through, from left to right: left
    /// edge, right edge, height. Empty where the columns are neighbours.
    pub lanes: BTreeMap<(usize, usize), Vec<(f64, f64, f64)>>,
    /// Width of the whole.
    pub width: f64,
    /// Height of the whole.
    pub height: f64,
}

/// Free space around the whole.
const MARGIN: f64 = 24.0;
/// Between two boxes of a column.
const GAP: f64 = 22.0;
/// How many pixels of line a crossing is worth.
const CROSSING: f64 = 60.0;
/// The height of a lane.
const LANE: f64 = 10.0;
/// Between two columns, for the lines to turn.
const GUTTER: f64 = 72.0;
/// Between boxes that nothing refers to and that refer to nothing.
const GRID: f64 = 24.0;

/// A box, or a lane of the lines that come from box `from`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Item {
    Box(usize),
    Lane { from: usize },
}

/// The boxes and lanes of a connected diagram, by column.
struct Graph {
    items: Vec<Item>,
    columns: Vec<Vec<usize>>,
    /// Neighbours of each item in the column left of it, and right of it.
    left: Vec<Vec<usize>>,
    right: Vec<Vec<usize>>,
    heights: Vec<f64>,
}

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

/// The edges, those that would close a circle turned around.
fn without_circles(count: usize, edges: &BTreeSet<(usize, usize)>) -> BTreeSet<(usize, usize)> {
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
fn assign_columns(
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

impl Graph {
    fn new(
        sizes: &[Size],
        linked: &BTreeSet<usize>,
        forward: &BTreeSet<(usize, usize)>,
        column_of: &[usize],
    ) -> Self {
        let last = linked.iter().map(|n| column_of[*n] + 1).max().unwrap_or(0);
        let mut graph = Self {
            items: Vec::new(),
            columns: vec![Vec::new(); last],
            left: Vec::new(),
            right: Vec::new(),
            heights: Vec::new(),
        };
        let mut number: BTreeMap<usize, usize> = BTreeMap::new();
        for node in linked {
            let id = graph.add(
                Item::Box(*node),
                column_of[*node],
                sizes[*node].height + GAP,
            );
            number.insert(*node, id);
        }
        let mut lanes: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        for (a, b) in forward {
            let mut from = number[a];
            for column in column_of[*a] + 1..column_of[*b] {
                let lane = match lanes.get(&(*a, column)) {
                    Some(lane) => *lane,
                    None => {
                        let lane = graph.add(Item::Lane { from: *a }, column, LANE);
                        lanes.insert((*a, column), lane);
                        graph.link(from, lane);
                        lane
                    }
                };
                from = lane;
            }
            graph.link(from, number[b]);
        }
        graph
    }

    fn add(&mut self, item: Item, column: usize, height: f64) -> usize {
        let id = self.items.len();
        self.items.push(item);
        self.columns[column].push(id);
        self.left.push(Vec::new());
        self.right.push(Vec::new());
        // The free space belongs to the item until it is placed.
        self.heights.push(height);
        id
    }

    fn link(&mut self, a: usize, b: usize) {
        self.right[a].push(b);
        self.left[b].push(a);
    }

    /// Orders each column so that few lines cross and lines are short: by the mean place of the
    /// neighbours, to and fro, and the best of what came up.
    fn order(&mut self) {
        let mut best = (f64::INFINITY, self.columns.clone());
        for round in 0..12 {
            let rightward = round % 2 == 0;
            let count = self.columns.len();
            for step in 0..count {
                let column = if rightward { step } else { count - 1 - step };
                self.order_column(column, rightward);
            }
            let score = self.crossings() as f64 * CROSSING + self.length();
            if score < best.0 {
                best = (score, self.columns.clone());
            }
        }
        self.columns = best.1;
    }

    fn order_column(&mut self, column: usize, rightward: bool) {
        let (neighbours, other) = match rightward {
            true => (&self.left, column.checked_sub(1)),
            false => (&self.right, Some(column + 1)),
        };
        let Some(other) = other.and_then(|o| self.columns.get(o)) else {
            return;
        };
        let rank: BTreeMap<usize, usize> = other.iter().copied().zip(0..).collect();
        // In relation to the length of both columns, so that who has no neighbour stays about there.
        let (here, there) = (self.columns[column].len() as f64, other.len() as f64);
        let mut keyed: Vec<(f64, usize)> = self.columns[column]
            .iter()
            .enumerate()
            .map(|(i, item)| {
                let near = &neighbours[*item];
                let key = match near.len() {
                    0 => (i as f64 + 0.5) / here,
                    n => {
                        let sum: usize = near.iter().map(|n| rank[n]).sum();
                        (sum as f64 / n as f64 + 0.5) / there
                    }
                };
                (key, *item)
            })
            .collect();
        keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
        // Of those that want the same place the lanes take the middle: so they run straight on, and the
        // boxes stand around them in the next column too.
        self.columns[column] = keyed
            .chunk_by(|a, b| a.0 == b.0)
            .flat_map(|alike| {
                let alike = alike.iter().map(|(_, item)| *item);
                let (boxes, lanes): (Vec<usize>, Vec<usize>) =
                    alike.partition(|i| matches!(self.items[*i], Item::Box(_)));
                let (above, below) = boxes.split_at(boxes.len() / 2);
                [above, &lanes, below].concat()
            })
            .collect();
    }

    /// How far all lines go up and down.
    fn length(&self) -> f64 {
        let middles = self.settle();
        let ends = self.right.iter().enumerate();
        ends.flat_map(|(a, right)| right.iter().map(move |b| (a, *b)))
            .map(|(a, b)| (middles[a] - middles[b]).abs())
            .sum()
    }

    fn crossings(&self) -> usize {
        let mut total = 0;
        for pair in self.columns.windows(2) {
            let rank: BTreeMap<usize, usize> = pair[1].iter().copied().zip(0..).collect();
            // Lines from top to bottom; each that ends above an earlier one crosses it. Counted in a
            // Fenwick tree over the ends.
            let mut tree = vec![0_usize; pair[1].len() + 1];
            let mut seen = 0;
            for item in &pair[0] {
                let mut ends: Vec<usize> = self.right[*item].iter().map(|n| rank[n]).collect();
                ends.sort_unstable();
                for end in &ends {
                    let mut at = end + 1;
                    let mut above_or_same = 0;
                    while at > 0 {
                        above_or_same += tree[at];
                        at &= at - 1;
                    }
                    total += seen - above_or_same;
                }
                for end in ends {
                    seen += 1;
                    let mut at = end + 1;
                    while at < tree.len() {
                        tree[at] += 1;
                        at += at & at.wrapping_neg();
                    }
                }
            }
        }
        total
    }

    /// The height of each item's middle, the uppermost at the margin. From here on the free space does not
    /// belong to the boxes any more.
    fn middles(&mut self) -> Vec<f64> {
        let mut middles = self.settle();
        let tops = middles.iter().zip(&self.heights).map(|(m, h)| m - h / 2.0);
        let top = tops.fold(f64::INFINITY, f64::min);
        for (middle, (item, height)) in middles
            .iter_mut()
            .zip(self.items.iter().zip(self.heights.iter_mut()))
        {
            *middle += MARGIN - top;
            if matches!(item, Item::Box(_)) {
                *height -= GAP;
            }
        }
        middles
    }

    /// The height of each item's middle: as near to its neighbours' as its place in the column allows.
    fn settle(&self) -> Vec<f64> {
        let mut middles = vec![0.0; self.items.len()];
        for column in &self.columns {
            let mut y = 0.0;
            for item in column {
                middles[*item] = y + self.heights[*item] / 2.0;
                y += self.heights[*item];
            }
        }
        for round in 0..10 {
            let count = self.columns.len();
            for step in 0..count {
                let column = if round % 2 == 0 {
                    step
                } else {
                    count - 1 - step
                };
                let wanted: Vec<f64> = self.columns[column]
                    .iter()
                    .map(|item| self.wanted(*item, &middles, round))
                    .collect();
                let heights: Vec<f64> = self.columns[column]
                    .iter()
                    .map(|i| self.heights[*i])
                    .collect();
                for (item, y) in self.columns[column].iter().zip(spread(&wanted, &heights)) {
                    middles[*item] = y;
                }
            }
        }
        middles
    }

    /// Where an item would like its middle to be.
    fn wanted(&self, item: usize, middles: &[f64], round: usize) -> f64 {
        let (left, right) = (&self.left[item], &self.right[item]);
        // The last rounds look both ways.
        let near: Vec<usize> = match round {
            0..6 if round % 2 == 0 && !left.is_empty() => left.clone(),
            0..6 if round % 2 == 1 && !right.is_empty() => right.clone(),
            _ => left.iter().chain(right).copied().collect(),
        };
        match near.len() {
            0 => middles[item],
            n => near.iter().map(|n| middles[*n]).sum::<f64>() / n as f64,
        }
    }
}

/// The middles nearest to the wanted ones that keep the order and leave everybody its height (least
/// squares: neighbours that would overlap move as one block to the mean of what they want).
fn spread(wanted: &[f64], heights: &[f64]) -> Vec<f64> {
    let mut offsets = Vec::with_capacity(heights.len());
    let mut y = 0.0;
    for height in heights {
        offsets.push(y + height / 2.0);
        y += height;
    }
    // Blocks of (sum, count), their means rising.
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for (want, offset) in wanted.iter().zip(&offsets) {
        let mut block = (want - offset, 1);
        while let Some((sum, count)) =
            blocks.pop_if(|(s, n)| *s / *n as f64 >= block.0 / block.1 as f64)
        {
            block = (block.0 + sum, block.1 + count);
        }
        blocks.push(block);
    }
    let shifts = blocks
        .iter()
        .flat_map(|(sum, count)| std::iter::repeat_n(sum / *count as f64, *count));
    offsets.iter().zip(shifts).map(|(o, s)| o + s).collect()
}

fn lanes(
    graph: &Graph,
    edges: &BTreeSet<(usize, usize)>,
    columns: &[usize],
    middles: &[f64],
    spans: &[(f64, f64)],
) -> BTreeMap<(usize, usize), Vec<(f64, f64, f64)>> {
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
                .filter_map(|c| Some((spans[c].0, spans[c].1, *place.get(&(*first, c))?)))
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
