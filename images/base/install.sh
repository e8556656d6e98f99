#!/bin/bash
# The system and the packages of the base layer, all from Amazon Linux's own repositories, whose packages are signed.
# They are the repositories of the parent image's release: that release is the pin, and a newer parent image is the update.
set -Eeuo pipefail

dnf --assumeyes upgrade
# Without what these packages merely recommend, such as npm.
dnf --assumeyes --setopt=install_weak_deps=False install nodejs24 amazon-cloudwatch-agent logrotate
dnf clean all

version=$(node-24 --version)
if [[ $version != v24.* ]]; then
  echo "node-24 is Node.js $version, expected v24" >&2
  exit 1
fi

# Without it nobody gets into a machine: there is no SSH from outside. It is part of Amazon Linux's standard images only.
if ! systemctl is-enabled amazon-ssm-agent.service; then
  echo "the parent image has no Session Manager agent that starts with the machine" >&2
  exit 1
fi

# Packages that a machine runs are those of its image. Their list belongs in the bake's log.
rpm --query system-release nodejs24 amazon-cloudwatch-agent amazon-ssm-agent
