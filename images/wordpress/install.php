<?php
/**
 * Installs WordPress once, by its own functions, and brings the database up to this version of it. Run by setup.sh, which has the
 * lock of all machines. An earlier run may have died anywhere: this one goes on from there, and keeps what it finds.
 *
 *   CODE, ADMIN_EMAIL, CREDENTIALS_DIRECTORY  as for setup.sh
 *
 * Ends with 1 unless all of it is done.
 */

declare(strict_types=1);

// WordPress counts as installed long before its admin exists. This is written last, and the health page asks for it.
const MARKER = 'steadfast_installed';
const PERMALINKS = '/%year%/%monthnum%/%day%/%postname%/';

// WordPress ends with 0, whatever it dies of.
$done = false;
register_shutdown_function(static function () use (&$done): void {
    if (! $done) {
        exit(1);
    }
});
ini_set('display_errors', 'stderr');

/** In place of WordPress' own, which mails the admin the site's address: no machine sends mail. */
function wp_new_blog_notification(): void
{
}

define('WP_INSTALLING', true);
// Tables without contents, which a machine that died has left, would be the end here. With this, WordPress takes them for installed, as
// it does on its own page for repairs.
define('WP_REPAIRING', true);
// What it then looks for in tables that are not there yet is no error.
$GLOBALS['wp_filter']['plugins_loaded'][0][] = [
    'function' => static fn () => $GLOBALS['wpdb']->suppress_errors(),
    'accepted_args' => 0,
];
require getenv('CODE') . '/public/wp-load.php';
$wpdb->suppress_errors(false);

/** The number that a query finds, 0 while its tables are not there. */
function steadfast_count(string $query): int
{
    global $wpdb;
    $before = $wpdb->suppress_errors();
    $count = (int) $wpdb->get_var($query);
    $wpdb->suppress_errors($before);
    return $count;
}

/** @return string the admin's password, of the file that systemd passes on */
function steadfast_password(): string
{
    $file = getenv('CREDENTIALS_DIRECTORY') . '/admin-password';
    $password = is_readable($file) ? (string) file_get_contents($file) : '';
    if (preg_match('/^[0-9A-Za-z]{8,30}$/D', $password) !== 1) {
        fwrite(STDERR, "$file has to hold 8 to 30 letters and digits, and nothing else\n");
        exit(1);
    }
    return $password;
}

$installed = steadfast_count("SELECT COUNT(*) FROM $wpdb->options WHERE option_name = '" . MARKER . "'") > 0;
if (! $installed) {
    // What the cache knows is of another database. A machine that only joins the others leaves it to them as it is.
    wp_cache_flush();
}
$posts = steadfast_count("SELECT COUNT(*) FROM $wpdb->posts");
$administrators = steadfast_count(
    "SELECT COUNT(*) FROM $wpdb->users JOIN $wpdb->usermeta ON user_id = ID
     WHERE meta_key = '{$wpdb->prefix}capabilities' AND meta_value LIKE '%\"administrator\"%'"
);
if ($posts > 0) {
    /** In place of WordPress' own, which makes its first contents again, whatever is there. */
    function wp_install_defaults(): void
    {
    }
}
require_once ABSPATH . 'wp-admin/includes/upgrade.php';

// A site with contents and people of its own was brought along: nothing of it is touched.
if (! $installed && ($administrators === 0 || $posts === 0)) {
    // Otherwise WordPress tries which addresses work by asking its web server, which waits for this to end.
    $permalinks = static fn (): string => PERMALINKS;
    add_filter('pre_option_permalink_structure', $permalinks);
    wp_install('WordPress', 'admin', (string) getenv('ADMIN_EMAIL'), true, '', steadfast_password());
    remove_filter('pre_option_permalink_structure', $permalinks);
    $wp_rewrite->set_permalink_structure(PERMALINKS);
    flush_rewrite_rules(false);
    if (! user_can((int) username_exists('admin'), 'administrator')) {
        fwrite(STDERR, "WordPress did not make its admin\n");
        exit(1);
    }
}

$version = steadfast_count("SELECT option_value FROM $wpdb->options WHERE option_name = 'db_version'");
if ($version < (int) $wp_db_version) {
    wp_cache_flush();
    wp_upgrade();
    echo "The database is of version $wp_db_version now, and was of $version.\n";
}

if (! $installed) {
    // For the cache of a machine whose WordPress has not looked here.
    if (! update_option(MARKER, $wp_version, false)) {
        fwrite(STDERR, "The database did not keep that WordPress is installed: $wpdb->last_error\n");
        exit(1);
    }
    wp_cache_flush();
    echo "WordPress $wp_version is installed.\n";
}
$done = true;
