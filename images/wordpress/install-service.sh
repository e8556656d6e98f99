#!/bin/bash
# Puts what WordPress is run with in place: belongs to root, can be read by all and written by none. No unit is enabled, because
# user data does that.
set -Eeuo pipefail

readonly FILES=/tmp/units
readonly FOLDER=/opt/wordpress

install -m 0644 "$FILES"/*.php "$FILES/wp-config.php.in" "$FILES"/*.conf "$FOLDER/"
install -m 0755 "$FILES/setup.sh" "$FILES/database-secret.sh" "$FOLDER/"
install -D -m 0644 "$FILES/php.d/wordpress.ini" "$FOLDER/php.d/wordpress.ini"
install -m 0755 "$FILES/wp.sh" /usr/local/bin/wp
chown --recursive --no-dereference root:root "$FOLDER"
chmod --recursive u=rwX,go=rX "$FOLDER"
# Where the shared files are mounted.
install -d -m 0750 -o wordpress -g wordpress /var/lib/wordpress

install -m 0644 "$FILES"/*.service "$FILES"/*.timer "$FILES"/*.path /etc/systemd/system/
# systemd opens the log for the services, which themselves cannot write there; the CloudWatch agent reads it. Where requests were
# slow, PHP writes itself.
install -m 0640 -g cwagent /dev/null /var/log/steadfast/wordpress.log
install -m 0640 -o wordpress -g cwagent /dev/null /var/log/steadfast/wordpress-slow.log
systemctl daemon-reload

apache() {
  CODE=$FOLDER SHARED=/var/lib/wordpress RUNTIME=/tmp PORT=8080 MODULES=/usr/lib64/httpd/modules HTTPD_PROCESSES=5 HTTPD_REQUESTS=160 \
    httpd -f "$FOLDER/httpd.conf" "$@"
}
# Without it, the unit would wait for a word that never comes.
if ! apache -M | grep --quiet systemd_module; then
  echo "Apache has no mod_systemd" >&2
  exit 1
fi
