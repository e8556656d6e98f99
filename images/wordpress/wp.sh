#!/bin/bash
# WP-CLI, for people on a machine: sudo wp user list. As user wordpress, with the service's settings and certificates.
set -Eeuo pipefail

export RUNTIME=/run/wordpress CACHE=/var/cache/wordpress PHP_INI_SCAN_DIR=:/opt/wordpress/php.d
set -a
# shellcheck source=/dev/null
source "$RUNTIME/machine.env"
set +a
exec runuser --user wordpress -- php /opt/wordpress/wp-cli.phar --path=/opt/wordpress/public "$@"
