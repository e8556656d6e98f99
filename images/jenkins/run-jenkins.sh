#!/bin/bash
# Starts Jenkins on its home, never a second one on the same home, be it on another machine with the same file system.
#   JENKINS_HOME, PORT
#   CACHE_DIRECTORY, RUNTIME_DIRECTORY, CREDENTIALS_DIRECTORY, INVOCATION_ID  from systemd
#   WAIT        seconds for a Jenkins that is ending, or whose machine was lost with its lock
#   LOOK_EVERY  seconds between two looks at whose the home is
set -Eeuo pipefail

readonly IMAGE=${0%/*}
readonly LOCK=$JENKINS_HOME/steadfast.lock
readonly OWNER=$JENKINS_HOME/steadfast.owner
readonly WAIT=${WAIT:-180}
readonly LOOK_EVERY=${LOOK_EVERY:-5}
readonly ME="$HOSTNAME (start $INVOCATION_ID)"

password=$(< "$CREDENTIALS_DIRECTORY/admin-password")
if [[ -z $password ]]; then
  echo "the admin has no password: /etc/steadfast/secrets/admin-password is missing or empty" >&2
  exit 1
fi

# This process holds the lock as long as it lives, however it ends: the JVM takes its place below and keeps the file open.
exec 9>> "$LOCK"
until flock --nonblock 9; do
  if ((SECONDS >= WAIT)); then
    echo "$JENKINS_HOME is in use by $(cat "$OWNER"), still after $WAIT s: no second Jenkins is started on it" >&2
    exit 1
  fi
  sleep 1
done
echo "$ME" > "$OWNER"

# A machine that was cut off from the file system may have lost its lock to another by the time it is back, and its Jenkins knows
# nothing of that. It is killed, not stopped: it must write nothing any more. The file is written in place and opened anew for
# each look, so that NFS asks the server.
watch_owner() {
  local owner
  while kill -0 $$ 2> /dev/null; do
    if ! owner=$(cat "$OWNER") || [[ $owner != "$ME" ]]; then
      echo "$JENKINS_HOME now belongs to ${owner:-nobody}: killing the Jenkins of $ME" >&2
      kill -KILL $$
    fi
    sleep "$LOOK_EVERY"
  done
}
watch_owner 9>&- &

# The image says which plugins there are: what was installed otherwise is gone at the next start.
rm --recursive --force "$JENKINS_HOME/plugins"
cp --recursive "$IMAGE/plugins" "$JENKINS_HOME/plugins"

# Configuration as Code would resolve ${…} in the password's file as well, unless it is escaped as ^${…}. It sees none where no
# brace closes, and would leave the escape there: so only what is before the last one is escaped.
if [[ $password == *'}'* ]]; then
  before=${password%'}'*}
  password=${before//\$\{/^\$\{}${password:${#before}}
fi
printf %s "$password" > "$RUNTIME_DIRECTORY/admin-password"
unset password before

# What can be made anew is on the machine's own disk: the unpacked war and plugins, and temporary files.
mkdir --parents "$CACHE_DIRECTORY/tmp"

# Half of what the unit may use is heap; systemd's limit is what Java takes for the machine's memory. Out of memory, it ends and
# is started anew.
exec java -XX:MaxRAMPercentage=50 -XX:+ExitOnOutOfMemoryError -Djava.awt.headless=true -Djava.io.tmpdir="$CACHE_DIRECTORY/tmp" \
  -Djenkins.install.runSetupWizard=false -jar /usr/share/java/jenkins.war --httpPort="$PORT" \
  --webroot="$CACHE_DIRECTORY/war" --pluginroot="$CACHE_DIRECTORY/plugins"
