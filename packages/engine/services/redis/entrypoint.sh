#!/bin/sh
set -eu
[ "${1#-}" = "$1" ] || set -- redis-server "$@"
[ "$(id -u)" != 0 ] || { chown redis:redis /data && exec setpriv --reuid=redis --regid=redis --init-groups "$0" "$@"; }
case $1 in
  redis-server) exec "$@" --protected-mode no ;;
  *) exec "$@" ;;
esac
