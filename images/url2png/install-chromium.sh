#!/bin/bash
# Unpacks the Chromium that came with the application, once for all machines, and lets it start in its sandbox only.
set -Eeuo pipefail

readonly UNITS=/tmp/units
readonly CHROMIUM=/opt/url2png/chromium

node-24 /opt/url2png/unpack-chromium.js "$CHROMIUM"
rm "$CHROMIUM"/*.br

# What comes out of an archive has its own owners and rights there; here it is like the rest of the application.
chown --recursive root:root "$CHROMIUM"
chmod --recursive a=rX "$CHROMIUM"

install -D -m 0644 "$UNITS/require-sandbox.conf" /etc/systemd/system/url2png-worker.service.d/require-sandbox.conf
systemctl daemon-reload
