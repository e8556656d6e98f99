<?php
/**
 * Whether this machine can work: PHP, the database, the files. Not WordPress itself, so that a plugin's error is not taken for the
 * machine's. A machine that has worked once is forgiven a failure for a while: the database and the files are the same for all, and
 * replacing every machine for the minute or two of a fail-over would help nobody. A lost cache is said, and is no failure.
 */

declare(strict_types=1);

/** Seconds for which a failure is forgiven. RDS fails over in 60 to 120: docs/decisions/107-wordpress-image.md */
const FORGIVEN = 180;

const STEADFAST_HEALTH = true;
require __DIR__ . '/wp-config.php';

/** Over TLS, with a query that only an installed WordPress can answer. */
function database(): bool
{
    mysqli_report(MYSQLI_REPORT_OFF);
    $database = mysqli_init();
    $database->options(MYSQLI_OPT_CONNECT_TIMEOUT, 2);
    $database->options(MYSQLI_OPT_READ_TIMEOUT, 2);
    [$host, $port] = explode(':', DB_HOST);
    $connected = @$database->real_connect($host, DB_USER, DB_PASSWORD, DB_NAME, (int) $port, null, MYSQL_CLIENT_FLAGS);
    if (! $connected) {
        error_log('The database does not answer the health page: ' . mysqli_connect_error());
        // Access denied: RDS has changed the password.
        if (mysqli_connect_errno() === 1045) {
            touch(STEADFAST_RUNTIME . '/database-refused');
        }
        return false;
    }
    global $table_prefix;
    $answer = $database->query("SELECT 1 FROM {$table_prefix}options WHERE option_name = 'steadfast_installed'");
    $installed = $answer instanceof mysqli_result && $answer->num_rows === 1;
    if (! $installed) {
        error_log('The database does not say that WordPress is installed: ' . $database->error);
    }
    $database->close();
    return $installed;
}

/** By a program that can be killed: a file system that has gone keeps whoever asks it. */
function files(): bool
{
    $file = STEADFAST_SHARED . '/uploads/.health-' . gethostname() . '-' . getmypid();
    $command = ['timeout', '--signal=KILL', '1.5', 'sh', '-c', 'touch "$0" && rm "$0"', $file];
    $touch = proc_open($command, [1 => ['file', '/dev/null', 'w'], 2 => ['file', '/dev/null', 'w']], $pipes);
    if ($touch === false || proc_close($touch) !== 0) {
        error_log('The shared files cannot be written: ' . STEADFAST_SHARED);
        return false;
    }
    return true;
}

function cache(): bool
{
    require_once STEADFAST_CODE . '/cache.php';
    return (new Steadfast_Cache())->connected();
}

$checks = ['database' => database(), 'files' => files()];
$healthy = STEADFAST_RUNTIME . '/healthy';
clearstatcache(true, $healthy);
if (! in_array(false, $checks, true)) {
    touch($healthy);
    $status = 'healthy';
} else {
    $forgiven = is_file($healthy) && time() - (int) filemtime($healthy) < FORGIVEN;
    $status = $forgiven ? 'degraded' : 'failing';
}

http_response_code($status === 'failing' ? 503 : 200);
header('Content-Type: application/json');
header('Cache-Control: no-store');
$words = array_map(static fn (bool $works): string => $works ? 'works' : 'fails', [...$checks, 'cache' => cache()]);
echo json_encode(['status' => $status, ...$words]), "\n";
