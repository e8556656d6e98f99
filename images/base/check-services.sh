#!/bin/bash
# Last step of an application's bake: each of its services has to start here as it will on a machine of the fleet, and answer.
#   APPLICATION  whose user the services run as
#   UNITS        systemd units, without .service
#   PORT         on which each answers
#   HEALTH_PATH  that it answers with 200 when it can work (default /health)
#   TIMEOUT      seconds for each thing that it has to do (default 60)
#   AWS_REGION   region of the builder
# The file check.env beside the units has the further variables that the services insist on. The script check.sh beside them, if
# there is one, tries more of a service that answers.
set -Eeuo pipefail

readonly HEALTH_PATH=${HEALTH_PATH:-/health}
readonly TIMEOUT=${TIMEOUT:-60}
readonly VARIABLES=/tmp/units/check.env
readonly MORE=/tmp/units/check.sh

fail() {
  echo "$unit: $1" >&2
  systemctl status --no-pager --full "$unit" >&2 || true
  echo "--- its log:" >&2
  tail --lines=100 "/var/log/steadfast/$unit.log" >&2 || true
  echo "--- systemd about it:" >&2
  journalctl --no-pager --lines=50 --unit="$unit" --unit="steadfast-logs@$unit" >&2 || true
  exit 1
}

# until_true WHAT COMMAND…: tries a command until it succeeds, or fails the bake.
until_true() {
  local what=$1 end=$((SECONDS + TIMEOUT))
  shift
  until "$@" > /dev/null 2>&1; do
    if ((SECONDS >= end)); then
      fail "$what: not within $TIMEOUT s"
    fi
    sleep 1
  done
}

property() {
  systemctl show --property="$1" --value "$unit"
}

says_healthy() {
  [[ $(property StatusText) == healthy ]]
}

# Apart, because for several units it is enough to systemctl that one is active.
sends_log() {
  systemctl is-active "steadfast-logs@$unit" && systemctl is-active amazon-cloudwatch-agent
}

start() {
  {
    cat "$VARIABLES"
    printf 'PORT="%s"\nAWS_REGION="%s"\nLOG_GROUP="/steadfast/check"\n' "$PORT" "$AWS_REGION"
  } | install -m 0600 /dev/stdin "/etc/steadfast/$unit.env"
  systemctl start "$unit" || fail "does not start"
}

check() {
  until_true "answers $HEALTH_PATH" curl --fail --silent --max-time 3 --output /dev/null "http://127.0.0.1:$PORT$HEALTH_PATH"
  # Only what comes through the sandbox to systemd's watchdog says so.
  if [[ $(property WatchdogUSec) != 0 ]]; then
    until_true "tells the watchdog that it is healthy" says_healthy
  fi
  if [[ -e $MORE ]]; then
    PORT=$PORT bash "$MORE" || fail "is not as it should be"
  fi
  until_true "sends its log" sends_log

  local user memory restarts
  user=$(stat --format=%U "/proc/$(property MainPID)")
  [[ $user == "$APPLICATION" ]] || fail "runs as $user, not as $APPLICATION"
  memory=$(cat "/sys/fs/cgroup$(property ControlGroup)/memory.max") || fail "has no limit of its memory"
  [[ $memory == "$(property MemoryMax)" ]] || fail "may use $memory bytes of memory, not MemoryMax=$(property MemoryMax)"
  restarts=$(property NRestarts)
  [[ $restarts == 0 ]] || fail "was restarted $restarts times"
}

# Nothing that this has started, and no word of it, is to be found on a machine of the fleet.
stop() {
  systemctl stop "$unit" "steadfast-logs@$unit"
  systemctl disable --now amazon-cloudwatch-agent
  amazon-cloudwatch-agent-ctl -a remove-config -m ec2 -c all
  rm --recursive --force /opt/aws/amazon-cloudwatch-agent/logs/*
  rm --recursive "/etc/steadfast/$unit.env" /run/steadfast-logs
  truncate --size=0 "/var/log/steadfast/$unit.log"
}

for unit in $UNITS; do
  start
  check
  stop
  echo "$unit answers"
done
rm -r /tmp/units
