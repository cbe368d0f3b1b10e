//! `schema docs` in a real browser: what a reader sees, finds and can click on.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::{migrated, on, run};
use crate::support::{Browser, Db, Saasdb, TestDb};

/// The pages of a database, open in a browser.
#[track_caller]
fn opened(db: &TestDb, scheme: &str) -> (Saasdb, Browser) {
    let call = on(db);
    call.call(["schema", "docs", "--out", "docs"]).success();
    let mut browser = Browser::start(1280, 900);
    browser.prefers(scheme);
    browser.open(&call.dir().join("docs/index.html"));
    (call, browser)
}

/// The names of the tables whose sections can be seen.
#[track_caller]
fn visible(browser: &mut Browser) -> String {
    browser.text(
        "[...document.querySelectorAll('article.table')].filter(a => a.checkVisibility())\
         .map(a => a.querySelector('h3').textContent).join(' ')",
    )
}

/// The same of the list beside.
#[track_caller]
fn listed(browser: &mut Browser) -> String {
    browser.text(
        "[...document.querySelectorAll('#list li')].filter(a => a.checkVisibility())\
         .map(a => a.querySelector('.label').textContent).join(' ')",
    )
}

/// A picture for whoever wants to look, beside what cargo builds; and what is to be seen on it.
#[track_caller]
fn picture(browser: &mut Browser, name: &str) -> (u64, f64) {
    use base64::Engine as _;
    let picture = browser.screenshot();
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(&picture)
        .expect("base64");
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("docs-{name}.png"));
    fs::write(file, bytes).expect("the picture is written");
    browser.look_at(&picture)
}

#[test]
fn a_reader_searches_clicks_and_reads() {
    let db = migrated(Db::Sqlite);
    run(&db, "seed --only subscription-plans").success();
    let (_call, mut b) = opened(&db, "light");
    assert_eq!(
        b.eval("document.querySelectorAll('article.table').length"),
        12
    );
    assert_eq!(
        b.text("document.querySelector('#hits').textContent"),
        "12 tables, 129 columns"
    );

    // `/` leads to the search, which finds tables and columns while one types.
    b.press("/");
    assert_eq!(b.text("document.activeElement.id"), "search");
    b.type_text("PLAN");
    assert_eq!(
        listed(&mut b),
        "organizations subscription_plans subscriptions"
    );
    assert_eq!(visible(&mut b), listed(&mut b));
    let hits = b.text("document.querySelector('#hits').textContent");
    assert!(hits.starts_with("Found 3 tables, "), "{hits}");
    let marked = "[...document.querySelectorAll('tr.hit')].every(r => /plan/i.test(r.textContent))";
    assert_eq!(b.eval(marked), true);
    assert_eq!(
        b.eval("document.querySelectorAll('#er .node.off').length"),
        9
    );
    // Enter goes to the first table of that name.
    b.press("Enter");
    b.until("location.hash === '#t-subscription_plans'");
    assert_eq!(b.text("document.activeElement.id"), "t-subscription_plans");
    b.until("(() => { const top = document.activeElement.getBoundingClientRect().top; return top >= 0 && top < 200; })()");

    b.click("#search");
    b.press("Escape");
    assert_eq!(visible(&mut b).split(' ').count(), 12);
    b.type_text("xyzzy");
    assert_eq!(visible(&mut b), "");
    assert_eq!(
        b.text("document.querySelector('#hits').textContent"),
        "Nothing found"
    );
    assert_eq!(
        b.eval("document.querySelector('#nothing').checkVisibility()"),
        true
    );
    b.click("#nothing button");
    assert_eq!(visible(&mut b).split(' ').count(), 12);

    // The legend filters.
    b.click(".legend .global");
    assert_eq!(visible(&mut b), "subscription_plans");
    b.click(".legend .tenant");
    assert_eq!(visible(&mut b), "organizations subscription_plans");
    b.click(".legend .tenant");
    b.click(".legend .global");

    // A box under the mouse shows what it has to do with, and leads to its table.
    b.hover("#er .node[href='#t-subscription_plans']");
    let near =
        "[...document.querySelectorAll('#er .node.on .name')].map(n => n.textContent).join(' ')";
    assert_eq!(b.text(near), "subscription_plans subscriptions");
    assert_eq!(
        b.eval("document.querySelectorAll('#er .edge.on').length"),
        1
    );
    b.click("#er .node[href='#t-campaigns']");
    b.until("location.hash === '#t-campaigns'");
    b.until("document.querySelector('#t-campaigns').getBoundingClientRect().top < innerHeight");
    assert_eq!(
        b.text("document.querySelector('#list [aria-current] .label').textContent"),
        "campaigns"
    );
    assert_eq!(
        b.text("document.querySelector('#t-subscription_plans .rows').textContent"),
        "4 rows"
    );
    // A link to a table that the search hides shows it.
    b.click("#search");
    b.type_text("quota_alerts");
    b.click("#t-quota_alerts a[href='#t-organizations']");
    b.until("document.querySelector('#t-organizations').checkVisibility()");

    assert_eq!(b.complaints(), [""; 0]);
}

#[test]
fn light_and_dark() {
    let db = migrated(Db::Sqlite);
    let (call, mut b) = opened(&db, "light");
    let (colours, light) = picture(&mut b, "light");
    assert!(colours > 50, "the page is blank: {colours} colours");
    b.click("#theme");
    assert_eq!(b.text("document.documentElement.dataset.theme"), "dark");
    let (colours, dark) = picture(&mut b, "dark");
    assert!(colours > 50, "the page is blank: {colours} colours");
    assert!(light > 200.0 && dark < 80.0, "light {light}, dark {dark}");
    // It is remembered; without a choice the system decides.
    b.open(&call.dir().join("docs/index.html"));
    assert_eq!(b.text("document.documentElement.dataset.theme"), "dark");
    b.eval("localStorage.clear()");
    b.open(&call.dir().join("docs/index.html"));
    assert_eq!(b.text("document.documentElement.dataset.theme"), "light");
    b.prefers("dark");
    b.until("document.documentElement.dataset.theme === 'dark'");

    // On a telephone nothing is wider than the screen.
    let small = json!({ "width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": true });
    b.call("Emulation.setDeviceMetricsOverride", small);
    b.open(&call.dir().join("docs/index.html"));
    assert_eq!(b.eval("document.documentElement.scrollWidth <= 390"), true);
    let (colours, _) = picture(&mut b, "small");
    assert!(colours > 50, "the page is blank: {colours} colours");

    // Text stands out from its ground, as far as WCAG AA asks, in both.
    for scheme in ["light", "dark"] {
        b.prefers(scheme);
        b.until(&format!(
            "document.documentElement.dataset.theme === '{scheme}'"
        ));
        let poor = b.eval(CONTRAST);
        assert_eq!(poor, json!([]), "{scheme}");
    }
    // Paper is white, whatever the screen is.
    assert_eq!(b.text(INK), "rgb(229, 233, 240)");
    b.call("Emulation.setEmulatedMedia", json!({ "media": "print" }));
    assert_eq!(b.text(INK), "rgb(26, 32, 41)");
    assert_eq!(
        b.eval("document.querySelector('aside').checkVisibility()"),
        false
    );
    assert_eq!(b.complaints(), [""; 0]);
}

/// The colour of text.
const INK: &str = "getComputedStyle(document.body).color";

/// Pairs of text and ground with less contrast than 4.5 to 1.
const CONTRAST: &str = "(() => {
    const probe = document.body.appendChild(document.createElement('i'));
    const light = (name) => {
        probe.style.color = `var(${name})`;
        const parts = getComputedStyle(probe).color.match(/[0-9]+/g).map((part) => {
            const v = part / 255;
            return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
    };
    const grounds = ['--page', '--card'];
    const pairs = grounds.flatMap(g => ['--ink', '--soft'].map(t => [t, g]));
    for (const kind of ['tenant', 'owned', 'derived', 'global'])
        pairs.push(['--' + kind, '--' + kind + '-bg'], ['--' + kind, '--card']);
    pairs.push(['--ink', '--mark']);
    return pairs.filter(([a, b]) => {
        const [x, y] = [light(a), light(b)];
        const contrast = (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
        return !(contrast >= 4.5);
    });
})()";

#[test]
fn hostile_names_are_shown_and_do_nothing() {
    let names = [
        "<script>window.hacked = 1</script>",
        "<img src=x onerror=window.hacked=1>",
        "a\"b'c` & ]]> --></style></svg>",
        "tab\u{7}le\u{202e}elbat",
        "表 名",
    ];
    let db = TestDb::new(Db::Postgres);
    let mut sql = String::new();
    for (i, name) in names.iter().enumerate() {
        let name = name.replace('"', "\"\"");
        sql.push_str(&format!(
            "CREATE TABLE \"{name}\" (id int PRIMARY KEY, \"{name}\" int DEFAULT {i}, CHECK (\"{name}\" < 9));
             COMMENT ON TABLE \"{name}\" IS $x${name}$x$; COMMENT ON COLUMN \"{name}\".\"{name}\" IS $x${name}$x$;
             ALTER TABLE \"{name}\" ADD CONSTRAINT \"fk{name}\" FOREIGN KEY (\"{name}\") REFERENCES \"{}\";",
            names[0].replace('"', "\"\"")
        ));
    }
    db.sql(&sql);
    let (_call, mut b) = opened(&db, "light");
    let shown = b.eval(
        "[...document.querySelectorAll('article.table')].map(a => \
         [a.querySelector('h3').textContent, ...[...a.querySelectorAll('tbody th code')].map(c => c.textContent)])",
    );
    let mut expected: Vec<[String; 3]> = names
        .iter()
        .map(|name| {
            let name = name.replace(['\u{7}', '\u{202e}'], "\u{fffd}");
            [name.clone(), "id".to_owned(), name]
        })
        .collect();
    let mut found: Vec<[String; 3]> = serde_json::from_value(shown).expect("names");
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
    assert_eq!(b.eval("window.hacked"), serde_json::Value::Null);
    // Our script is the only one, and nothing became an element.
    let elements = "[document.scripts.length, document.images.length, document.querySelectorAll('style').length]";
    assert_eq!(b.eval(elements), json!([1, 0, 1]));
    assert_eq!(b.eval("document.querySelectorAll('#er .node').length"), 5);
    // Such names can be searched for as well.
    b.click("#search");
    b.type_text("onerror=");
    assert_eq!(visible(&mut b), names[1]);
    b.press("Enter");
    b.until("document.activeElement.matches('article')");
    assert_eq!(b.complaints(), [""; 0]);

    // A script that got into the page in spite of all would not run.
    b.eval("document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.hacked = 1' }))");
    assert_eq!(b.eval("window.hacked"), serde_json::Value::Null);
    assert!(
        b.complaints()
            .iter()
            .any(|c| c.contains("Content Security Policy"))
    );
}

#[test]
fn five_hundred_tables_stay_usable() {
    let db = TestDb::new(Db::Sqlite);
    let table = |i: usize| {
        let columns: Vec<String> = (0..12).map(|c| format!("column_{c}_of_{i} text")).collect();
        let (parent, hub) = (i / 3, i % 7);
        format!(
            "CREATE TABLE table_{i} (id integer PRIMARY KEY, parent_id integer REFERENCES table_{parent}, \
             hub_id integer REFERENCES table_{hub}, {})",
            columns.join(", ")
        )
    };
    let tables: Vec<String> = (0..500).map(table).collect();
    db.sql(&tables.join(";"));
    let (_call, mut b) = opened(&db, "light");
    b.click("#search");
    b.type_text("column_7_of_499");
    assert_eq!(visible(&mut b), "table_499");
    assert_eq!(
        b.text("document.querySelector('#hits').textContent"),
        "Found 1 table, 1 column"
    );
    let boxes = "[...document.querySelectorAll('#er .box')].every(b => b.getBoundingClientRect().width > 0)";
    assert_eq!(b.eval(boxes), true);
    let (colours, _) = picture(&mut b, "many");
    assert!(colours > 20, "the page is blank: {colours} colours");
    assert_eq!(b.complaints(), [""; 0]);
}
