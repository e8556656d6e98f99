#!/bin/bash
# First step of every layer. Until cloud-init is done it may hold the package manager, or still write what is provisioned next.
set -Eeuo pipefail

status=0
cloud-init status --wait || status=$?
case $status in
  0) ;;
  2)
    # Newer versions than Amazon Linux 2023's: something was wrong and did not matter.
    echo "cloud-init recovered from an error:"
    cloud-init status --long || true
    ;;
  *)
    cloud-init status --long || true
    echo "cloud-init failed with status $status" >&2
    exit 1
    ;;
esac
