#!/bin/bash
# Before the check: a database that lets nobody in without TLS, with a certificate made for this, and secrets. All of it goes after
# the check.
set -Eeuo pipefail

readonly CHECK=/etc/steadfast/check
readonly SECRETS=/etc/steadfast/secrets
readonly DROP_IN=/etc/systemd/system/wordpress-database-secret.service.d

# remove-check.sh compares.
rpm --query --all | sort > /tmp/packages-before-check
dnf --assumeyes --setopt=install_weak_deps=False install mariadb1011-server

install -d -m 0755 "$CHECK"
openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj '/CN=check of the image' -keyout "$CHECK/ca.key" -out "$CHECK/ca.pem"
openssl req -newkey rsa:2048 -nodes -subj '/CN=database' -keyout "$CHECK/database.key" -out "$CHECK/database.csr"
openssl x509 -req -days 1 -in "$CHECK/database.csr" -CA "$CHECK/ca.pem" -CAkey "$CHECK/ca.key" -CAcreateserial \
  -extfile <(echo 'subjectAltName=IP:127.0.0.1') -out "$CHECK/database.pem"
chown mysql "$CHECK/database.key"

cat > /etc/my.cnf.d/steadfast-check.cnf <<CONFIGURATION
[mysqld]
bind-address=127.0.0.1
require_secure_transport=ON
ssl_ca=$CHECK/ca.pem
ssl_cert=$CHECK/database.pem
ssl_key=$CHECK/database.key
CONFIGURATION
systemctl start mariadb

password=$(head --bytes=24 /dev/urandom | base64)
mariadb <<SQL
CREATE DATABASE wordpress;
CREATE USER check_user@'%' IDENTIFIED BY '$password';
GRANT ALL ON wordpress.* TO check_user@'%';
DROP USER IF EXISTS ''@localhost;
SQL

install -d -m 0700 "$SECRETS"
printf %s CheckOfTheImage1 | install -m 0600 /dev/stdin "$SECRETS/admin-password"
printf %s nobody-asks-for-it | install -m 0600 /dev/stdin "$SECRETS/cache-password"
printf '{"username":"check_user","password":"%s"}' "$password" | install -m 0440 -g wordpress /dev/stdin "$CHECK/secret.json"

# There is no secret in Secrets Manager here, and no role that may read one.
install -d "$DROP_IN"
cat > "$DROP_IN/check.conf" <<UNIT
[Service]
ExecStart=
ExecStart=/usr/bin/install -m 0440 -g wordpress $CHECK/secret.json /run/wordpress-database/secret.json
UNIT
systemctl daemon-reload
