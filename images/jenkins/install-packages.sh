#!/bin/bash
# Jenkins LTS from its project's signed repository, and what it needs from Amazon Linux's own: Java, git, a mount helper for EFS.
#   JENKINS_VERSION  exact version; it is the pin, and a newer one here is the update
#   REPOSITORY       base URL of Jenkins' packages
#   KEY_FINGERPRINT  of the key that signs them
set -Eeuo pipefail

readonly KEY=/etc/pki/rpm-gpg/RPM-GPG-KEY-jenkins

# Files on EFS and on volumes carry numbers, not names: the same ones in every image, made before the package makes its own.
groupadd --gid 1500 jenkins
useradd --uid 1500 --gid jenkins --no-create-home --home-dir /var/lib/jenkins --shell /usr/sbin/nologin jenkins

# The key comes from where the packages come from; only its fingerprint says that it is Jenkins'. One key, and no other beside it.
curl --fail --silent --show-error --location --proto '=https' --output "$KEY" "$REPOSITORY/jenkins.io-2026.key"
keyring=$(mktemp --directory)
found=$(gpg --homedir "$keyring" --batch --with-colons --show-keys "$KEY" | awk -F: '$1 == "fpr" { print $10 }')
rm --recursive "$keyring"
if [[ $found != "$KEY_FINGERPRINT" ]]; then
  echo "the key of Jenkins' packages has the fingerprint $found, not $KEY_FINGERPRINT" >&2
  exit 1
fi

# Packages and the list of them are both signed.
cat > /etc/yum.repos.d/jenkins.repo <<REPO
[jenkins]
name=Jenkins LTS
baseurl=$REPOSITORY
gpgcheck=1
repo_gpgcheck=1
gpgkey=file://$KEY
REPO

# Without fontconfig, Java draws no text, and Jenkins' graphs need some.
dnf --assumeyes --setopt=install_weak_deps=False install \
  java-21-amazon-corretto-headless fontconfig git amazon-efs-utils "jenkins-$JENKINS_VERSION"
dnf clean all

# A machine installs nothing: it needs no repository but the system's.
rm /etc/yum.repos.d/jenkins.repo

installed=$(rpm --query --queryformat '%{VERSION}' jenkins)
if [[ $installed != "$JENKINS_VERSION" ]]; then
  echo "Jenkins is $installed, expected $JENKINS_VERSION" >&2
  exit 1
fi
java=$(java -version 2>&1)
if [[ $java != *'version "21.'* ]]; then
  echo "java is not Java 21: $java" >&2
  exit 1
fi

# Their list belongs in the bake's log.
rpm --query jenkins java-21-amazon-corretto-headless amazon-efs-utils git fontconfig
