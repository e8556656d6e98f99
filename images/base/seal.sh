#!/bin/bash
# Last step of every layer: removes what belongs to the builder and not to the machines made from the image.
set -Eeuo pipefail

# cloud-init makes a machine's host keys at its first boot, and runs user data once per instance; here are the builder's.
cloud-init clean --logs
rm --force /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub
rm --force /root/.bash_history /home/*/.bash_history

# The Session Manager agent keeps its files open, and this runs through its tunnel: what is not rotated is emptied.
journalctl --rotate
journalctl --vacuum-time=1s
find /var/log -type f \( -name '*.gz' -o -name '*.[0-9]' \) -delete
find /var/log -type f -not -path '/var/log/journal/*' -exec truncate --size=0 {} +

rm --force /var/lib/systemd/random-seed
truncate --size=0 /etc/machine-id
sync
