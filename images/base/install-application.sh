#!/bin/bash
# Puts an application on top of the base layer: its bundles, its user and its units. None of the units is enabled, because
# user data enables the one that a machine runs.
#   APPLICATION  name of the application, its folder in /opt and its user
set -Eeuo pipefail

readonly BUNDLES=/tmp/application
readonly UNITS=/tmp/units
readonly FOLDER=/opt/$APPLICATION

useradd --system --user-group --no-create-home --home-dir "$FOLDER" --shell /usr/sbin/nologin "$APPLICATION"

# Belongs to root, can be read by all and written by none: not even the service can change what it runs.
install -d "$FOLDER"
cp --recursive "$BUNDLES/." "$FOLDER"
chown --recursive root:root "$FOLDER"
chmod --recursive a=rX "$FOLDER"

for unit in "$UNITS"/*.service; do
  install -m 0644 "$unit" /etc/systemd/system/
  # systemd opens the log for the service, which itself cannot write there; the CloudWatch agent reads it.
  install -m 0640 -g cwagent /dev/null "/var/log/steadfast/$(basename "$unit" .service).log"
done
systemctl daemon-reload
rm -r "$BUNDLES"
