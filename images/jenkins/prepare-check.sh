#!/bin/bash
# Before the check: a password for the admin. It has every character that is neither letter nor digit, among them what Configuration
# as Code would take for a variable and for an escaped one. Nobody uses it: it goes after the check.
set -Eeuo pipefail

readonly SECRETS=/etc/steadfast/secrets

install -d -m 0700 "$SECRETS"
# Without the newline at the end, which a password does not have.
head --bytes=-1 <<'PASSWORD' | install -m 0600 /dev/stdin "$SECRETS/admin-password"
!"#%&'()*+,-./:;<=>?@[\]_`|~${a}^${b}
PASSWORD
