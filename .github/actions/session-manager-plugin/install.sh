#!/usr/bin/env bash
# Installs the Session Manager plugin. The runner image brings whichever was the newest when it was built, unverified.
# AWS publishes no checksums, but signs each package:
# https://docs.aws.amazon.com/systems-manager/latest/userguide/install-plugin-linux-verify-signature.html
# The key is in signing-key.asc, fingerprint 7959 6371 24CE 093A D501 D47A 2C4D 4AFF 6F67 57EE.
set -Eeuo pipefail

# https://docs.aws.amazon.com/systems-manager/latest/userguide/plugin-version-history.html
version=1.2.896.0
url=https://s3.amazonaws.com/session-manager-downloads/plugin/$version/ubuntu_64bit/session-manager-plugin.deb

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for file in plugin.deb plugin.deb.sig; do
  curl --fail --silent --show-error --location --proto '=https' --retry 3 --output "$folder/$file" "${url%plugin.deb}$file"
done

# A keyring with this one key: no other signature is good.
gpg --batch --homedir "$folder" --dearmor --output "$folder/key.gpg" <"$(dirname "$0")/signing-key.asc"
gpgv --keyring "$folder/key.gpg" "$folder/plugin.deb.sig" "$folder/plugin.deb"

sudo dpkg --install "$folder/plugin.deb"
test "$(session-manager-plugin --version)" = "$version"
