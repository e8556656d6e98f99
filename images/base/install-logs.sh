#!/bin/bash
# What sends a service's log to CloudWatch Logs and keeps it small on the machine.
set -Eeuo pipefail

readonly FILES=/tmp/base

install -d -m 0755 /etc/steadfast /var/log/steadfast
install -D -m 0755 "$FILES/ship-logs.sh" /usr/local/libexec/steadfast/ship-logs
install -m 0644 "$FILES/steadfast-logs@.service" /etc/systemd/system/
install -m 0644 "$FILES/logrotate.conf" /etc/logrotate.d/steadfast
install -D -m 0644 "$FILES/logrotate-hourly.conf" /etc/systemd/system/logrotate.timer.d/hourly.conf
rm -r "$FILES"

systemctl daemon-reload
systemctl enable logrotate.timer
# It says a lot about a good file, too.
checked=$(logrotate --debug /etc/logrotate.d/steadfast 2>&1) || {
  echo "$checked" >&2
  exit 1
}
