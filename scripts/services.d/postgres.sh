# shellcheck shell=bash
# PostgreSQL from the system's packages: a cluster of its own with fsync on, 300 connections and a password. If openssl is
# installed, the cluster has a certificate of an authority of its own.
#
# PostgreSQL refuses to run as root. For root it runs as the user of its package, or as the user "nobody".

postgres_note() { cat "$state/postgres/$1" 2>/dev/null || true; }

# Runs a command as the user of the server.
postgres_as_its_user() {
  if [ "$(id -u)" -ne 0 ]; then
    "$@"
    return
  fi
  local user=nobody
  if id postgres >/dev/null 2>&1; then user=postgres; fi
  if command -v runuser >/dev/null; then
    (cd / && runuser -u "$user" -- "$@")
  else
    (cd / && su "$user" -s /bin/sh -c "$(printf '%q ' "$@")")
  fi
}

# The folder of initdb and pg_ctl, which Debian does not put into PATH.
postgres_programs() {
  local found
  if found=$(command -v pg_ctl); then
    dirname "$(readlink -f "$found")"
    return
  fi
  found=$(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin 2>/dev/null | sort -V | tail -1) || true
  [ -n "$found" ] && echo "$found"
}

postgres_install() {
  postgres_programs >/dev/null && return
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "postgres: installing the package"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql >/dev/null
  fi
  postgres_programs >/dev/null || fail "PostgreSQL is not installed (Debian: apt-get install postgresql)"
}

# Makes a certificate for localhost by a new authority, which no system trusts.
postgres_certificate() {
  local folder=$1
  command -v openssl >/dev/null || return 0
  (
    cd "$folder"
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=guestlist tests" \
      -keyout authority.key -out authority.pem
    openssl req -newkey rsa:2048 -nodes -subj "/CN=localhost" -keyout server.key -out server.csr
    printf 'subjectAltName=DNS:localhost' >server.ext
    openssl x509 -req -in server.csr -CA authority.pem -CAkey authority.key -CAcreateserial -days 30 \
      -extfile server.ext -out server.pem
    chmod 600 server.key
  ) >/dev/null 2>&1
}

postgres_runs() {
  local folder
  folder=$(postgres_note folder)
  [ -n "$folder" ] && postgres_as_its_user "$(postgres_programs)/pg_ctl" -D "$folder/data" status >/dev/null 2>&1
}

postgres_up() {
  if postgres_runs; then
    echo "postgres: runs already, on port $(postgres_note port)"
    return
  fi
  postgres_install
  postgres_down >/dev/null
  local folder programs password
  programs=$(postgres_programs)
  folder=$(mktemp -d "${TMPDIR:-/tmp}/guestlist-postgres.XXXXXX")
  password=$(od -An -tx1 -N16 /dev/urandom | tr -d ' \n')
  mkdir -p "$state/postgres"
  echo "$folder" >"$state/postgres/folder"
  echo "$password" >"$state/postgres/password"
  echo "$password" >"$folder/password"
  postgres_certificate "$folder"
  if [ "$(id -u)" -eq 0 ]; then
    chmod 711 "$folder"
    chown -R "$(postgres_as_its_user id -un)" "$folder"
  fi
  postgres_as_its_user "$programs/initdb" -D "$folder/data" -U guestlist -A scram-sha-256 \
    --pwfile "$folder/password" -E UTF8 --locale C >"$state/postgres/log" 2>&1 || {
    cat "$state/postgres/log" >&2
    fail "initdb failed"
  }
  {
    echo "listen_addresses = '127.0.0.1'"
    echo "unix_socket_directories = ''"
    echo "max_connections = 300"
    if [ -f "$folder/server.pem" ]; then
      echo "ssl = on"
      echo "ssl_cert_file = '$folder/server.pem'"
      echo "ssl_key_file = '$folder/server.key'"
    fi
  } | postgres_as_its_user tee -a "$folder/data/postgresql.conf" >/dev/null
  # Another program may take the port before the server starts.
  for _ in 1 2 3 4 5; do
    free_port >"$state/postgres/port"
    if postgres_start; then
      PGPASSWORD=$password "$programs/createdb" -h 127.0.0.1 -p "$(postgres_note port)" -U guestlist test
      echo "postgres: $("$programs/postgres" --version) on port $(postgres_note port)"
      return
    fi
  done
  cat "$folder/log" >&2
  fail "PostgreSQL does not start"
}

postgres_start() {
  local folder
  folder=$(postgres_note folder)
  [ -n "$folder" ] || fail "postgres is not up"
  postgres_as_its_user "$(postgres_programs)/pg_ctl" -D "$folder/data" -l "$folder/log" \
    -o "-p $(postgres_note port)" -w -t 30 start >/dev/null
}

# Stops at once, like a power failure. Acknowledged writes are in the write-ahead log.
postgres_stop() {
  postgres_as_its_user "$(postgres_programs)/pg_ctl" -D "$(postgres_note folder)/data" -m immediate -w stop >/dev/null
}

# Restarts cleanly, like an update of the package. Connected clients are told.
postgres_restart() {
  postgres_as_its_user "$(postgres_programs)/pg_ctl" -D "$(postgres_note folder)/data" -m fast -w stop >/dev/null
  postgres_start
}

postgres_down() {
  if postgres_runs; then postgres_stop; fi
  local folder
  folder=$(postgres_note folder)
  if [ -n "$folder" ]; then rm -rf "$folder"; fi
  rm -rf "$state/postgres"
  echo "postgres: down"
}

postgres_status() {
  if postgres_runs; then
    echo "postgres: runs on port $(postgres_note port), data in $(postgres_note folder)"
  else
    echo "postgres: down"
  fi
}

postgres_env() {
  postgres_runs || return 0
  local at
  at=127.0.0.1:$(postgres_note port)
  echo "export TEST_POSTGRES_URL=postgres://guestlist:$(postgres_note password)@$at/test"
  # The authority of its certificate, which is for the name localhost.
  if [ -f "$(postgres_note folder)/authority.pem" ]; then
    echo "export TEST_POSTGRES_ROOT_CERT=$(postgres_note folder)/authority.pem"
  fi
}
