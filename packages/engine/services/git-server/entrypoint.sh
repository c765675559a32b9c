#!/bin/sh
# nginx and fcgiwrap beside sshd; when sshd ends, the container ends.
set -eu
printf '%s\n' "${AUTHORIZED_KEY:-}" > /home/git/.ssh/authorized_keys
chown git:git /home/git/.ssh/authorized_keys
printf '%s:{PLAIN}%s\n' "${HTTP_USER:-git}" "${HTTP_PASSWORD:-secret}" > /tmp/htpasswd
[ -f /tmp/ssh_host_ed25519_key ] || ssh-keygen -q -t ed25519 -N '' -f /tmp/ssh_host_ed25519_key
mkdir -p /run/sshd
setpriv --reuid=git --regid=git --init-groups fcgiwrap -c 4 -f -s unix:/tmp/fcgiwrap.sock &
while [ ! -S /tmp/fcgiwrap.sock ]; do sleep 0.05; done
nginx
exec /usr/sbin/sshd -D -e
