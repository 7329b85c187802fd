# What there is to do; `just` alone lists it.

[private]
default:
    @just --list --unsorted

# Format, lints, documentation, dependencies, spelling, plain words, import cycles
check:
    cargo fmt --all --check
    cargo clippy --locked --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps
    cargo deny --locked check --hide-inclusion-graph bans licenses sources
    if command -v typos >/dev/null; then typos; else echo "skipped: typos is not installed"; fi
    scripts/plain-words
    scripts/import-cycles

# Every test; a database that is missing is skipped
test *arguments:
    cargo test --workspace {{ arguments }}

# Every test, and a database that is missing is a failure
test-all *arguments:
    CI=true cargo test --locked --workspace {{ arguments }}

# Kills the server so often under load, and looks for what it had acknowledged
crash kills="1000":
    CRASHES={{ kills }} cargo test -p guestlist-server --test server crash:: -- --nocapture

# The server, as an installation runs it
serve *arguments:
    cargo run --release -- {{ arguments }}

# The server against a bare handler, in turns (needs wrk or oha, and curl)
bench:
    bench/run

# Clients that generators make from the description of the API (needs pip and npm)
clients:
    scripts/clients/run

# Writes openapi.json anew; review what changed
openapi:
    UPDATE_OPENAPI=1 cargo test -p guestlist-server openapi
    git diff --stat -- crates/guestlist-server/openapi.json

# Hard words and sentences over 30 words, with what to say instead
words *paths:
    scripts/plain-words {{ paths }}
