<?php
/**
 * What every machine sets alike. wp-config.php, which setup.sh writes, has what differs, and includes this.
 */

// RDS changes the password while WordPress runs: it is read for each request. Without it the database refuses, as it should.
(static function (): void {
    $secret = is_readable(STEADFAST_DATABASE_SECRET)
        ? json_decode((string) file_get_contents(STEADFAST_DATABASE_SECRET), true)
        : null;
    define('DB_USER', $secret['username'] ?? '');
    define('DB_PASSWORD', $secret['password'] ?? '');
})();
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
// The server has to prove who it is, by the certificates of openssl.cafile: docs/decisions/107-wordpress-image.md
define('MYSQL_CLIENT_FLAGS', MYSQLI_CLIENT_SSL | MYSQLI_CLIENT_SSL_VERIFY_SERVER_CERT);
$table_prefix = 'wp_';

// The load balancer speaks HTTPS, and this machine HTTP with the load balancer alone.
if (($_SERVER['HTTP_X_FORWARDED_PROTO'] ?? '') === 'https') {
    $_SERVER['HTTPS'] = 'on';
}

// A timer of each machine's does it (wordpress-cron.timer): WordPress itself would ask the site over the network, from inside.
define('DISABLE_WP_CRON', true);
// Another plugin, another theme or another WordPress is another image.
define('DISALLOW_FILE_MODS', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_DEBUG', false);
define('WP_MEMORY_LIMIT', '128M');
define('WP_MAX_MEMORY_LIMIT', '256M');
