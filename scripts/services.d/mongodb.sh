# A MongoDB for tests: a real `mongod` as a replica set of one if one is installed, else mongo-java-server
# (mongodb/Launcher.java), which keeps acknowledged writes in a file. `up` and `status` print which of the two it is.
#
# It listens on loopback only, needs no root, and keeps its data in a temporary folder. After a kill, `up` or `start` starts
# it again at the same address with the same data.

mongodb_sources=$(cd "$(dirname "${BASH_SOURCE[0]}")/mongodb" && pwd)

mongodb_up() {
  if ! mongodb_runs; then
    mkdir -p "$state/mongodb"
    [ -s "$state/mongodb/data" ] || mktemp -d "${TMPDIR:-/tmp}/guestlist-mongodb.XXXXXX" >"$state/mongodb/data"
    [ -s "$state/mongodb/port" ] || free_port >"$state/mongodb/port"
    if command -v mongod >/dev/null; then mongodb_run_mongod; else mongodb_run_java; fi
  fi
  mongodb_status
}

mongodb_start() { mongodb_up; }

# Stops at once. Acknowledged writes are in the journal of mongod, or in the file of mongo-java-server, maybe not on disk yet.
mongodb_stop() { mongodb_end KILL; }

# Restarts cleanly, like an update of the package.
mongodb_restart() {
  mongodb_end TERM
  mongodb_start
}

# Sends this signal, and SIGKILL after ten seconds.
mongodb_end() {
  mongodb_runs || return 0
  local pid
  pid=$(<"$state/mongodb/pid")
  kill "-$1" "$pid"
  for _ in {1..100}; do
    mongodb_runs || return 0
    sleep 0.1
  done
  kill -KILL "$pid" 2>/dev/null || true
}

mongodb_down() {
  mongodb_end TERM
  if [ -s "$state/mongodb/data" ]; then rm -rf "$(<"$state/mongodb/data")"; fi
  rm -rf "$state/mongodb"
}

mongodb_status() {
  if mongodb_runs; then
    echo "mongodb: $(<"$state/mongodb/kind"), port $(<"$state/mongodb/port"), process $(<"$state/mongodb/pid")"
  else
    echo "mongodb: down"
  fi
}

mongodb_env() {
  mongodb_runs || return 0
  echo "export TEST_MONGODB_URL=mongodb://127.0.0.1:$(<"$state/mongodb/port")/test"
}

# A zombie process counts as not running.
mongodb_runs() {
  [ -s "$state/mongodb/pid" ] && ps -o stat= -p "$(<"$state/mongodb/pid")" | grep -q '^[^Z]'
}

# The TTL monitor is off: the clocks of tests are in other years.
mongodb_run_mongod() {
  local port
  port=$(<"$state/mongodb/port")
  mongod --version | sed -n '1s/db version v/mongod /p' >"$state/mongodb/kind"
  mongod --replSet guestlist --bind_ip 127.0.0.1 --port "$port" --dbpath "$(<"$state/mongodb/data")" \
    --setParameter ttlMonitorEnabled=false >"$state/mongodb/log" 2>&1 &
  echo $! >"$state/mongodb/pid"
  mongodb_wait "$port"
  mongodb_shell "$port" "try { rs.status() } catch (e) {
    rs.initiate({_id: 'guestlist', members: [{_id: 0, host: '127.0.0.1:$port'}]}) }"
  mongodb_shell "$port" 'while (!db.hello().isWritablePrimary) sleep(100)'
}

mongodb_shell() {
  command -v mongosh >/dev/null || fail "mongosh is not installed, which makes mongod a replica set of one"
  mongosh --quiet --port "$1" --eval "$2" >/dev/null
}

mongodb_run_java() {
  local jars=$here/../target/mongo-java-server port
  command -v java >/dev/null && command -v mvn >/dev/null ||
    fail "mongod is not installed; mongo-java-server needs: apt-get install openjdk-17-jre-headless maven"
  compgen -G "$jars/mongo-java-server-h2-*.jar" >/dev/null ||
    mvn --quiet --batch-mode --file "$mongodb_sources/pom.xml" dependency:copy-dependencies \
      -DoutputDirectory="$jars" >&2
  port=$(<"$state/mongodb/port")
  echo "mongo-java-server 1.47.0 (no mongod is installed)" >"$state/mongodb/kind"
  java -XX:+UseSerialGC -Xmx1g -cp "$jars/*" "$mongodb_sources/Launcher.java" \
    "$port" "$(<"$state/mongodb/data")/data.mv" >"$state/mongodb/log" 2>&1 &
  echo $! >"$state/mongodb/pid"
  mongodb_wait "$port"
}

# Waits until it accepts connections, at most a minute.
mongodb_wait() {
  for _ in {1..600}; do
    if (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return; fi
    mongodb_runs || break
    sleep 0.1
  done
  tail -n 20 "$state/mongodb/log" >&2
  fail "the MongoDB for tests did not start"
}
