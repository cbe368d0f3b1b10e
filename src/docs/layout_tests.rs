//! The layout: nothing overlaps, nothing is lost, and the same input gives the same picture.

use proptest::prelude::*;

use super::*;

fn sizes(count: usize) -> Vec<Size> {
    let size = |i: usize| Size {
        width: 120.0 + (i * 37 % 80) as f64,
        height: 40.0 + (i * 53 % 90) as f64,
    };
    (0..count).map(size).collect()
}

fn overlap(a: &Place, b: &Place) -> bool {
    a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

/// Fails unless all boxes are inside and apart, and no lane touches one.
#[track_caller]
fn assert_sound(sizes: &[Size], layout: &Layout) {
    for (i, a) in layout.places.iter().enumerate() {
        assert!(a.x >= 0.0 && a.y >= 0.0, "{a:?}");
        assert!(a.x + a.width <= layout.width, "{a:?} in {}", layout.width);
        assert!(
            a.y + a.height <= layout.height,
            "{a:?} in {}",
            layout.height
        );
        assert!((a.height - sizes[i].height).abs() < 0.001 && a.width >= sizes[i].width);
        for b in &layout.places[i + 1..] {
            assert!(!overlap(a, b), "{a:?} {b:?}");
        }
        for lane in layout.lanes.values().flatten() {
            let beside = lane.to <= a.x || a.x + a.width <= lane.from;
            let crosses = !beside && a.y < lane.y && lane.y < a.y + a.height;
            assert!(!crosses, "{lane:?} runs through {a:?}");
        }
    }
}

#[test]
fn who_refers_stands_right_of_what_it_refers_to() {
    let edges = [(0, 1), (1, 2), (0, 2), (3, 2)];
    let sizes = sizes(5);
    let layout = layout(&sizes, &edges);
    assert_sound(&sizes, &layout);
    for (parent, child) in edges {
        let (p, c) = (layout.places[parent], layout.places[child]);
        assert!(p.x + p.width < c.x, "{parent} {child}");
    }
    // From 0 to 2 past the column of 1; 3 stands beside 1.
    assert_eq!(layout.lanes[&(0, 2)].len(), 1);
    assert!(layout.lanes[&(3, 2)].is_empty());
    assert_eq!(layout.places[3].x, layout.places[1].x);
    // Nothing refers to 4: it stands below.
    let lowest = layout.places[..4].iter().map(|p| p.y + p.height);
    assert!(layout.places[4].y > lowest.fold(0.0, f64::max));
}

#[test]
fn few_lines_cross_where_none_has_to() {
    // Two parents with children in alternating order.
    let edges = [(0, 2), (1, 3), (0, 4), (1, 5)];
    let layout = layout(&sizes(6), &edges);
    let y = |n: usize| layout.places[n].y;
    let upper = if y(0) < y(1) { [2, 4] } else { [3, 5] };
    let lower = if y(0) < y(1) { [3, 5] } else { [2, 4] };
    for a in upper {
        for b in lower {
            assert!(y(a) < y(b), "{a} {b}");
        }
    }
}

#[test]
fn nothing_and_no_lines_are_fine() {
    let none = layout(&[], &[]);
    assert!(none.places.is_empty() && none.height > 0.0);
    let sizes = sizes(30);
    let layout = layout(&sizes, &[(1, 1)]);
    assert_sound(&sizes, &layout);
    assert!(layout.width > layout.height);
}

#[test]
fn many_children_of_one_parent_do_not_make_one_long_column() {
    let edges: Vec<(usize, usize)> = (1..60).map(|child| (0, child)).collect();
    let sizes = sizes(60);
    let layout = layout(&sizes, &edges);
    assert_sound(&sizes, &layout);
    assert!(layout.height < 2500.0, "{}", layout.height);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_schema_is_placed_without_overlaps(
        edges in proptest::collection::vec((0_usize..24, 0_usize..24), 0..50)
    ) {
        let sizes = sizes(24);
        let first = layout(&sizes, &edges);
        assert_sound(&sizes, &first);
        let again = layout(&sizes, &edges);
        prop_assert_eq!(first.places, again.places);
        prop_assert_eq!(first.lanes, again.lanes);
    }
}
