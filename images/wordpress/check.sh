#!/bin/bash
# What a bake asks of a WordPress that answers: it is installed, its admin gets in and nobody else, addresses that should be closed
# are, nothing of the uploads is run, and a database that cannot prove who it is is refused. It has no cache, and does without.
#   PORT  on which it answers
set -Eeuo pipefail

readonly URL=http://127.0.0.1:$PORT
readonly PASSWORD=/etc/steadfast/secrets/admin-password
readonly UPLOADS=/var/lib/wordpress/uploads
readonly SECRET=/run/wordpress-database/secret.json

cookies=$(mktemp)
page=$(mktemp)
trap 'rm --force "$cookies" "$page"' EXIT

# status PATH OPTION…: what WordPress answers to it; the page is in $page
status() {
  local path=$1
  shift
  curl --silent --globoff --max-time 30 --cookie "$cookies" --cookie-jar "$cookies" --output "$page" --write-out '%{http_code}' \
    "$@" "$URL$path"
}

# expect WHAT WANTED GOT
expect() {
  if [[ $3 != "$2" ]]; then
    echo "$1: $3, expected $2" >&2
    exit 1
  fi
}

# has WHAT TEXT: that the page has it
has() {
  if ! grep --quiet --fixed-strings "$2" "$page"; then
    echo "$1: has no $2" >&2
    exit 1
  fi
}

expect "the health page" 200 "$(status /health)"
has "the health page" '"status":"healthy"'
has "the health page without a cache" '"cache":"fails"'
expect "the front page" 200 "$(status /)"
has "the front page" 'Hello world!'
expect "an address that is no file" 200 "$(status '/?p=1' --location)"
has "the first post" 'Welcome to WordPress'

# The login page comes again for a wrong password; the right one leads on.
expect "the login page" 200 "$(status /wp-login.php)"
expect "a wrong password" 200 "$(status /wp-login.php --data log=admin --data pwd=wrong --data testcookie=1)"
expect "the administration without a password" 302 "$(status /wp-admin/)"
expect "the right password" 302 "$(status /wp-login.php --data log=admin --data-urlencode "pwd@$PASSWORD" --data testcookie=1)"
expect "the administration" 200 "$(status /wp-admin/)"

for path in /wp-config.php /xmlrpc.php /wp-admin/install.php /readme.html; do
  expect "$path" 403 "$(status "$path")"
done
expect "a list of the uploads" 404 "$(status /wp-content/uploads/)"
# shellcheck disable=SC2016
echo '<?php echo "it " . "runs";' > "$UPLOADS/check.php"
echo "it is sent" > "$UPLOADS/check.txt"
chown wordpress: "$UPLOADS/check.php" "$UPLOADS/check.txt"
expect "PHP among the uploads" 403 "$(status /wp-content/uploads/check.php)"
expect "a file among the uploads" 200 "$(status /wp-content/uploads/check.txt)"

# As WordPress connects, but without the certificate that vouches for this database.
# shellcheck disable=SC2016
if php -d openssl.cafile=/etc/pki/tls/certs/ca-bundle.crt -r '
  mysqli_report(MYSQLI_REPORT_OFF);
  $secret = json_decode(file_get_contents($argv[1]), true);
  $flags = MYSQLI_CLIENT_SSL | MYSQLI_CLIENT_SSL_VERIFY_SERVER_CERT;
  exit(@mysqli_init()->real_connect("127.0.0.1", $secret["username"], $secret["password"], "wordpress", 3306, null, $flags) ? 0 : 1);
' "$SECRET"; then
  echo "PHP connects to a database that cannot prove who it is" >&2
  exit 1
fi
