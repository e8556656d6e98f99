#!/bin/bash
# After the check: its password and its home go, above all the keys with which Jenkins encrypts what it stores. Each machine's
# Jenkins makes its own.
set -Eeuo pipefail

rm --recursive /etc/steadfast/secrets
find /var/lib/jenkins /var/cache/jenkins -mindepth 1 -delete
