//! Two nodes start at the same time on an empty database.

use super::Nodes;
use crate::{
    client::Client,
    sql::{query, speaks_sql},
};

const ROUNDS: u32 = 5;

#[test]
fn two_nodes_that_start_together_run_each_migration_once() {
    for round in 0..ROUNDS {
        let nodes = Nodes::with(&[]);
        let [one, other] = nodes.start_both();
        let mut here = Client::connect(one.address()).expect("connects");
        let mut there = Client::connect(other.address()).expect("connects");
        let email = format!("ada{round}@example.com");
        assert_eq!(here.sign_up(&email).expect("is answered").status, 201);
        let signed_in = there.sign_in(&email).expect("is answered");
        assert_eq!(signed_in.status, 201, "{signed_in:?}");
        let token = signed_in.tokens().access;
        assert_eq!(here.me(&token).expect("is answered").status, 200);
        drop((here, there));
        one.stop();
        other.stop();
        // MongoDB has no migrations. It has indexes, and every node creates them.
        if !speaks_sql(nodes.database.url()) {
            continue;
        }
        for history in ["guestlist_migrations", "planner_migrations"] {
            let sql =
                format!("SELECT count(*), count(DISTINCT version), max(version) FROM {history}");
            let [row] = &query(nodes.database.url(), &sql)[..] else {
                panic!("{history} is one table");
            };
            let [runs, migrations, last] = &row[..] else {
                panic!("{row:?}");
            };
            assert!(
                runs != "0" && runs == migrations && runs == last,
                "{history}: {row:?}"
            );
        }
    }
}
