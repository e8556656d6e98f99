#!/bin/bash
# After the check: its database, its secrets and what WordPress has made go, so that each site makes its own keys.
set -Eeuo pipefail

systemctl stop wordpress-setup wordpress-php wordpress-database-secret.timer wordpress-database-secret.path mariadb
rm --recursive /etc/systemd/system/wordpress-database-secret.service.d /etc/steadfast/check /etc/steadfast/secrets
rm /etc/my.cnf.d/steadfast-check.cnf
systemctl daemon-reload

dnf --assumeyes history undo last
dnf clean all
rm --recursive --force /var/lib/mysql /var/log/mariadb
if ! difference=$(diff /tmp/packages-before-check <(rpm --query --all | sort)); then
  echo "the check has changed the packages of the image (< before, > after):" >&2
  echo "$difference" >&2
  exit 1
fi
rm /tmp/packages-before-check

find /var/lib/wordpress /var/cache/wordpress /run/wordpress /run/wordpress-database -mindepth 1 -delete
truncate --size=0 /var/log/steadfast/wordpress-slow.log
