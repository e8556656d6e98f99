#!/bin/bash
# WordPress and WP-CLI, exactly these, and the certificates of RDS.
#   WORDPRESS_VERSION, WORDPRESS_URL, WORDPRESS_SHA1  WordPress publishes no stronger checksum; WP-CLI compares each file as well
#   WP_CLI_URL, WP_CLI_SHA512
#   RDS_CA_URL  has no checksum, and changes: it has to be certificates of Amazon RDS, and nothing else
set -Eeuo pipefail

readonly FILES=/tmp/units
readonly FOLDER=/opt/wordpress
readonly PUBLIC=$FOLDER/public
readonly ARCHIVE=/tmp/wordpress.tar.gz

fetch() {
  curl --fail --silent --show-error --location --proto '=https' --output "$2" "$1"
}

install -d "$FOLDER" "$PUBLIC"

fetch "$WP_CLI_URL" "$FOLDER/wp-cli.phar"
sha512sum --check --strict <<< "$WP_CLI_SHA512  $FOLDER/wp-cli.phar"

fetch "$WORDPRESS_URL" "$ARCHIVE"
sha1sum --check --strict <<< "$WORDPRESS_SHA1  $ARCHIVE"
tar --extract --gzip --file "$ARCHIVE" --directory "$PUBLIC" --strip-components=1 --no-same-owner
rm "$ARCHIVE"
# With what wordpress.org says of this version's files; reads no configuration.
php "$FOLDER/wp-cli.phar" core verify-checksums --path="$PUBLIC" --version="$WORDPRESS_VERSION" --allow-root

fetch "$RDS_CA_URL" "$FOLDER/rds.pem"
openssl crl2pkcs7 -nocrl -certfile "$FOLDER/rds.pem" | openssl pkcs7 -print_certs -noout > /tmp/rds-certificates
count=$(grep --count '^subject=' /tmp/rds-certificates)
others=$(grep '^subject=' /tmp/rds-certificates | grep --invert-match --count 'OU *= *Amazon RDS[,/]' || true)
rm /tmp/rds-certificates
if ((count == 0 || others > 0)); then
  echo "$RDS_CA_URL holds $count certificates, $others of which are not of Amazon RDS" >&2
  exit 1
fi

# The plugins that WordPress brings along: on a machine nobody could remove them. An index.php keeps the folder from being listed.
find "$PUBLIC/wp-content/plugins" -mindepth 1 -not -path "$PUBLIC/wp-content/plugins/index.php" -delete
# Themes and plugins of the site's own: images/wordpress/wp-content/ in the repository, if there is one.
if [[ -d $FILES/wp-content ]]; then
  cp --recursive "$FILES/wp-content/." "$PUBLIC/wp-content"
fi
# Drop-ins, uploads on the share, and settings in memory, above what is served.
ln --symbolic "$FOLDER/object-cache.php" "$FOLDER/db-error.php" "$PUBLIC/wp-content/"
ln --symbolic /var/lib/wordpress/uploads "$PUBLIC/wp-content/uploads"
ln --symbolic /run/wordpress/wp-config.php "$FOLDER/wp-config.php"
