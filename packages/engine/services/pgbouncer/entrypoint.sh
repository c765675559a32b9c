#!/bin/sh
set -eu
: "${UPSTREAM:?must be host:port of a PostgreSQL server}"
mkdir -p /tmp/pgbouncer
printf '"%s" "%s"\n' "${USERNAME:-postgres}" "${PASSWORD:?must be set}" > /tmp/pgbouncer/users
cat > /tmp/pgbouncer/pgbouncer.ini <<END
[databases]
* = host=${UPSTREAM%:*} port=${UPSTREAM##*:}
[pgbouncer]
listen_addr = *
listen_port = 6432
unix_socket_dir =
auth_type = scram-sha-256
auth_file = /tmp/pgbouncer/users
admin_users = ${USERNAME:-postgres}
pool_mode = ${POOL_MODE:-transaction}
max_client_conn = 500
server_tls_sslmode = prefer
ignore_startup_parameters = extra_float_digits
END
chown -R postgres /tmp/pgbouncer
exec setpriv --reuid=postgres --regid=postgres --init-groups pgbouncer "$@" /tmp/pgbouncer/pgbouncer.ini
