# A MongoDB for tests, on loopback and a free port, with its data in a temporary folder.
#
# It is a real `mongod` as a replica set of one, if one is installed. Else it is mongo-java-server (mongodb/Launcher.java), which
# keeps what it acknowledged in a file. `mongodb_up` says which of the two it is. It needs no root.
# What was stopped in another way than by `mongodb_down` comes back with its port and its data.

mongodb_state=${GUESTLIST_SERVICES:-target/services}/mongodb
mongodb_sources=$(cd "$(dirname "${BASH_SOURCE[0]}")/mongodb" && pwd)
mongodb_jars=${CARGO_TARGET_DIR:-target}/mongo-java-server

mongodb_up() {
    mongodb_runs && { mongodb_status; return; }
    mkdir -p "$mongodb_state"
    [ -s "$mongodb_state/data" ] || mktemp -d "${TMPDIR:-/tmp}/guestlist-mongodb.XXXXXX" > "$mongodb_state/data"
    [ -s "$mongodb_state/port" ] || mongodb_free_port > "$mongodb_state/port"
    if command -v mongod > /dev/null; then mongodb_start_mongod; else mongodb_start_java; fi || return
    mongodb_status
}

mongodb_down() {
    local pid data
    if mongodb_runs; then
        pid=$(< "$mongodb_state/pid")
        kill "$pid"
        for _ in {1..100}; do mongodb_runs || break; sleep 0.1; done
        kill -KILL "$pid" 2> /dev/null || true
    fi
    data=$(cat "$mongodb_state/data" 2> /dev/null || true)
    [ -z "$data" ] || rm -rf "$data"
    rm -rf "$mongodb_state"
}

mongodb_status() {
    if mongodb_runs; then
        echo "mongodb: $(< "$mongodb_state/kind") on port $(< "$mongodb_state/port")"
    else
        echo "mongodb: down"
    fi
}

mongodb_env() {
    mongodb_runs || return 0
    echo "export TEST_MONGODB_URL=mongodb://127.0.0.1:$(< "$mongodb_state/port")/test"
}

# What was killed and waits for its parent does not run.
mongodb_runs() {
    [ -s "$mongodb_state/pid" ] && ps -o stat= -p "$(< "$mongodb_state/pid")" | grep -q '^[^Z]'
}

mongodb_start_mongod() {
    local data port
    data=$(< "$mongodb_state/data")
    port=$(< "$mongodb_state/port")
    mongod --version | sed -n '1s/db version v/mongod /p' > "$mongodb_state/kind"
    mongod --replSet guestlist --bind_ip 127.0.0.1 --port "$port" --dbpath "$data" \
        > "$mongodb_state/log" 2>&1 8>&- 9>&- &
    echo $! > "$mongodb_state/pid"
    mongodb_wait "$port" || return
    mongodb_shell "$port" "try { rs.status() } catch (e) { rs.initiate({_id: 'guestlist', members: [{_id: 0, host: '127.0.0.1:$port'}]}) }"
    mongodb_shell "$port" 'while (!db.hello().isWritablePrimary) sleep(100)'
}

mongodb_shell() {
    local shell
    shell=$(command -v mongosh || command -v mongo) || {
        echo "mongod needs mongosh beside it, to become a replica set of one" >&2
        return 1
    }
    "$shell" --quiet --port "$1" --eval "$2" > /dev/null
}

mongodb_start_java() {
    local data port
    command -v java > /dev/null && command -v mvn > /dev/null || {
        echo "there is no mongod here, and mongo-java-server needs Java 17 and Maven: apt-get install openjdk-17-jre-headless maven" >&2
        return 1
    }
    ls "$mongodb_jars"/mongo-java-server-h2-*.jar > /dev/null 2>&1 ||
        mvn --quiet --batch-mode --file "$mongodb_sources/pom.xml" dependency:copy-dependencies \
            -DoutputDirectory="$(realpath -m "$mongodb_jars")" >&2 || return
    data=$(< "$mongodb_state/data")
    port=$(< "$mongodb_state/port")
    echo "mongo-java-server 1.47.0 (no mongod is installed)" > "$mongodb_state/kind"
    java -XX:+UseSerialGC -Xmx1g -cp "$mongodb_jars/*" "$mongodb_sources/Launcher.java" "$port" "$data/data.mv" \
        > "$mongodb_state/log" 2>&1 8>&- 9>&- &
    echo $! > "$mongodb_state/pid"
    mongodb_wait "$port"
}

# Until it takes connections, a minute at most.
mongodb_wait() {
    for _ in {1..600}; do
        if (: < "/dev/tcp/127.0.0.1/$1") 2> /dev/null; then return; fi
        mongodb_runs || break
        sleep 0.1
    done
    echo "the database did not start:" >&2
    tail -n 20 "$mongodb_state/log" >&2
    return 1
}

mongodb_free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 12000))
        (: < "/dev/tcp/127.0.0.1/$port") 2> /dev/null || { echo "$port"; return; }
    done
}
