#!/bin/bash
# Before Apache and PHP start: what they are given depends on the machine's memory; WordPress' keys are made once for all machines,
# and so is WordPress itself. Prints nothing that is secret, and passes nothing secret as an argument.
#   SITE_URL, ADMIN_EMAIL, DATABASE_HOST, DATABASE_PORT, DATABASE_NAME, CACHE_HOST, CACHE_PORT, CACHE_USER
#   CREDENTIALS_DIRECTORY  from systemd, with the files admin-password and cache-password
#   CODE      what the image holds; nobody writes there
#   SHARED    the folder of all machines
#   RUNTIME   this machine's, in memory
#   CACHE     this machine's, on its disk
#   DATABASE_SECRET_FILE  JSON with username and password, read anew for each request
#   DATABASE_CA, CACHE_CA certificates that vouch for the database and for the cache
#   SYSTEM_CA  certificates that vouch for everybody else
#   PHP, MEMINFO
#   WAIT      seconds for the lock of a machine that installs, or was lost while it did
#   LIMIT     seconds for installing, within which a database that does not answer is tried again
#   PAUSE     seconds before that
set -Eeuo pipefail

readonly CODE=${CODE:-/opt/wordpress}
readonly SHARED=${SHARED:-/var/lib/wordpress}
readonly RUNTIME=${RUNTIME:-/run/wordpress}
readonly CACHE=${CACHE:-/var/cache/wordpress}
readonly DATABASE_SECRET_FILE=${DATABASE_SECRET_FILE:-/run/wordpress-database/secret.json}
readonly DATABASE_CA=${DATABASE_CA:-$CODE/rds.pem}
readonly SYSTEM_CA=${SYSTEM_CA:-/etc/pki/tls/certs/ca-bundle.crt}
readonly CACHE_CA=${CACHE_CA:-$SYSTEM_CA}
readonly PHP=${PHP:-php}
readonly MEMINFO=${MEMINFO:-/proc/meminfo}
readonly WAIT=${WAIT:-240}
readonly LIMIT=${LIMIT:-120}
readonly PAUSE=${PAUSE:-5}
readonly SALTS=$SHARED/salts.php
readonly KEYS=(AUTH_KEY SECURE_AUTH_KEY LOGGED_IN_KEY NONCE_KEY AUTH_SALT SECURE_AUTH_SALT LOGGED_IN_SALT NONCE_SALT)

# Files of others are readable by others; what is secret is made for its owner alone.
umask 077

fail() {
  echo "$1" >&2
  exit 1
}

# atomically FILE: what it reads becomes the file, at once and whole.
atomically() {
  cat > "$1.new"
  chmod 0400 "$1.new"
  mv --force "$1.new" "$1"
}

# In MiB. The system and its agents have 400, Apache 128, OPcache 128; the rest is PHP's, 64 a child: what a page takes of its own is
# a tenth of that, and what making an upload smaller takes is twice as much, for seconds. Apache has 128 threads more than PHP has
# children, 32 a process: there, requests wait, and files need no PHP. docs/decisions/107-wordpress-image.md
size() {
  local total children processes
  total=$(awk '$1 == "MemTotal:" { print int($2 / 1024) }' "$MEMINFO")
  children=$(((total - 400 - 128 - 128) / 64))
  ((children >= 4)) || children=4
  processes=$(((children + 128 + 31) / 32))
  atomically "$RUNTIME/machine.env" <<SIZES
PHP_CHILDREN=$children
OPCACHE_MB=128
HTTPD_PROCESSES=$processes
HTTPD_REQUESTS=$((processes * 32))
SIZES
}

# What PHP trusts when nothing else is said, which is all that WordPress lets one say of its connection to the database.
certificates() {
  cat "$SYSTEM_CA" "$DATABASE_CA" | atomically "$RUNTIME/certificates.pem"
}

# Whoever comes first makes the keys: a link to a whole file is made once, whatever races.
salts() {
  local new key value
  if [[ ! -e $SALTS ]]; then
    new=$(mktemp "$SALTS.XXXXXX")
    {
      echo '<?php'
      for key in "${KEYS[@]}"; do
        value=$(head --bytes=48 /dev/urandom | base64 --wrap=0)
        echo "define('$key', '$value');"
      done
    } > "$new"
    ln "$new" "$SALTS" 2> /dev/null || [[ -e $SALTS ]]
    rm "$new"
  fi
}

# Their lines. They are copied and not included, so that nothing that stands on the share is ever run.
salt_lines() {
  local key lines
  for key in "${KEYS[@]}"; do
    lines=$(grep --extended-regexp "^define\('$key', '[A-Za-z0-9+/]{64}'\);\$" "$SALTS") || fail "$SALTS has no proper $key"
    [[ $lines != *$'\n'* ]] || fail "$SALTS has $key twice"
    echo "$lines"
  done
}

# setting NAME VALUE: as PHP
setting() {
  local value=${2//\\/\\\\}
  echo "define('$1', '${value//\'/\\\'}');"
}

wp_config() {
  local cache_password salt_lines
  cache_password=$(< "$CREDENTIALS_DIRECTORY/cache-password")
  [[ -n $cache_password ]] || fail "the cache has no password: /etc/steadfast/secrets/cache-password is missing or empty"
  salt_lines=$(salt_lines)
  {
    echo '<?php'
    echo '// Written at each start by setup.sh.'
    setting WP_HOME "$SITE_URL"
    setting WP_SITEURL "$SITE_URL"
    setting DB_HOST "$DATABASE_HOST:$DATABASE_PORT"
    setting DB_NAME "$DATABASE_NAME"
    setting STEADFAST_DATABASE_SECRET "$DATABASE_SECRET_FILE"
    setting STEADFAST_CACHE_HOST "$CACHE_HOST"
    setting STEADFAST_CACHE_PORT "$CACHE_PORT"
    setting STEADFAST_CACHE_USER "$CACHE_USER"
    setting STEADFAST_CACHE_PASSWORD "$cache_password"
    setting STEADFAST_CACHE_CA "$CACHE_CA"
    setting STEADFAST_CODE "$CODE"
    setting STEADFAST_SHARED "$SHARED"
    setting STEADFAST_RUNTIME "$RUNTIME"
    echo "$salt_lines"
    cat "$CODE/wp-config.php.in"
  } | atomically "$RUNTIME/wp-config.php"
}

# The lock ends with this process and the PHP that it has started, however they end. The lock of a machine that is lost ends when the
# file system has not heard of it for its lease.
install() {
  exec 9>> "$SHARED/install.lock"
  flock --wait "$WAIT" 9 || fail "another machine has been installing for $WAIT s, or was lost a moment ago"
  local end=$((SECONDS + LIMIT))
  until timeout --kill-after=10 "$LIMIT" "$PHP" "$CODE/install.php"; do
    ((SECONDS < end)) || fail "WordPress could not be installed within $LIMIT s"
    sleep "$PAUSE"
  done
  exec 9>&-
}

# Until the health page has seen everything work, nothing is forgiven.
rm --force "$RUNTIME/healthy" "$RUNTIME/cache-lost"
mkdir --parents "$SHARED/uploads"
size
certificates
salts
wp_config

# install.php and php.d/wordpress.ini find these in the environment.
export CODE SHARED RUNTIME CACHE ADMIN_EMAIL CREDENTIALS_DIRECTORY
export PHP_INI_SCAN_DIR=":$CODE/php.d"
set -a
# shellcheck source=/dev/null
source "$RUNTIME/machine.env"
set +a
install
