#!/bin/bash
# Apache, PHP and a mount helper for EFS, all from Amazon Linux's own repositories, whose packages are signed.
#   PHP_VERSION  major and minor, part of the packages' names
set -Eeuo pipefail

# Files on EFS carry numbers, not names: the same ones in every image.
groupadd --gid 1501 wordpress
useradd --uid 1501 --gid wordpress --no-create-home --home-dir /var/lib/wordpress --shell /usr/sbin/nologin wordpress

packages=(httpd amazon-efs-utils)
for part in cli fpm gd intl mbstring mysqlnd opcache pecl-redis6 process xml zip; do
  packages+=("php$PHP_VERSION-$part")
done
dnf --assumeyes --setopt=install_weak_deps=False install "${packages[@]}"
dnf clean all

# What WordPress and its object cache call, under the names by which the units start them.
for program in php php-fpm; do
  version=$("$program" --version)
  if [[ $version != "PHP $PHP_VERSION."* ]]; then
    echo "$program is not PHP $PHP_VERSION: $version" >&2
    exit 1
  fi
done
modules=$(php --modules)
for module in curl dom exif fileinfo gd intl mbstring mysqli openssl redis xml zip; do
  if ! grep --quiet --line-regexp --ignore-case "$module" <<< "$modules"; then
    echo "PHP has no $module" >&2
    exit 1
  fi
done

# Their list belongs in the bake's log.
rpm --query "${packages[@]}"
