<?php
/**
 * WordPress' page for a database that does not answer (drop-in wp-content/db-error.php).
 */

// 1045: access denied. RDS has changed the password a moment ago: its file makes systemd fetch the new one.
if (mysqli_connect_errno() === 1045) {
    touch(STEADFAST_RUNTIME . '/database-refused');
}
error_log('The database does not answer: ' . mysqli_connect_error());

if (PHP_SAPI === 'cli') {
    exit(1);
}
http_response_code(503);
header('Retry-After: 10');
header('Cache-Control: no-store');
header('Content-Type: text/html; charset=utf-8');
echo '<!doctype html><html lang="en"><title>Back in a moment</title><h1>Back in a moment</h1>',
    '<p>This site cannot reach its database just now. Please try again in a few seconds.</p></html>';
