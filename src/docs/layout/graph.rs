//! How the boxes and lanes of a column follow each other, and at which height they are.

use std::collections::{BTreeMap, BTreeSet};

use super::{MARGIN, Size};

/// Between two boxes of a column.
const GAP: f64 = 22.0;
/// How many pixels of line a crossing is worth.
const CROSSING: f64 = 60.0;
/// The height of a lane.
const LANE: f64 = 10.0;

/// A box, or a lane of the lines that come from box `from`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// A box, by its number.
    Box(usize),
    /// A lane.
    Lane {
        /// The box that its lines come from.
        from: usize,
    },
}

/// The boxes and lanes of a connected diagram, by column.
pub struct Graph {
    /// All of them.
    pub items: Vec<Item>,
    /// Their numbers, column by column, from top to bottom.
    pub columns: Vec<Vec<usize>>,
    /// Neighbours of each item in the column left of it, and right of it.
    left: Vec<Vec<usize>>,
    right: Vec<Vec<usize>>,
    /// Their heights.
    pub heights: Vec<f64>,
}

impl Graph {
    /// Puts boxes and lanes into their columns.
    pub fn new(
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
    pub fn order(&mut self) {
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
    pub fn middles(&mut self) -> Vec<f64> {
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
            0..6 if round.is_multiple_of(2) && !left.is_empty() => left.clone(),
            0..6 if !round.is_multiple_of(2) && !right.is_empty() => right.clone(),
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
