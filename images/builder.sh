#!/bin/bash
# User data of the machine on which an image is built. Nothing of it stays in the image.
set -Eeuo pipefail

# Ends the builder should nobody else do it. A bake stops it long before, through EC2, and this goes with the shutdown.
shutdown -P +90

# The builder's instance profile is made seconds before the builder. When it is not known everywhere by the time the Session
# Manager agent starts, the agent asks again only half an hour later (hashicorp/packer-plugin-amazon#503): wake it instead.
# In the background, because `cloud-init status --wait` waits for this script.
systemd-run --unit=wake-session-manager --property=RuntimeMaxSec=10min bash -c '
  while sleep 10; do
    if journalctl --unit=amazon-ssm-agent --since="-11s" --quiet --grep="before retrying retrieve credentials"; then
      systemctl restart amazon-ssm-agent
    fi
  done
'
