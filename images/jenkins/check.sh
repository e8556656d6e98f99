#!/bin/bash
# What a bake asks of a Jenkins that answers: nobody gets in without the password, the admin does with it, whatever characters
# it has, and every plugin is at work.
#   PORT  on which it answers
set -Eeuo pipefail

readonly URL=http://127.0.0.1:$PORT

# status PATH OPTION…: what Jenkins answers to it
status() {
  local path=$1
  shift
  curl --silent --globoff --max-time 30 --output /dev/null --write-out '%{http_code}' "$@" "$URL$path"
}

# expect WHAT WANTED GOT
expect() {
  if [[ $3 != "$2" ]]; then
    echo "$1: $3, expected $2" >&2
    exit 1
  fi
}

password=$(< /etc/steadfast/secrets/admin-password)
expect "the front page without a password" 403 "$(status /)"
expect "the API without a password" 403 "$(status /api/json)"
expect "the API with a wrong password" 401 "$(status /api/json --user "admin:$password-")"
expect "the API with the password" 200 "$(status /api/json --user "admin:$password")"

plugins=$(curl --fail --silent --globoff --max-time 30 --user "admin:$password" \
  "$URL/pluginManager/api/json?tree=plugins[shortName,active]")
expect "plugins at work" "$(grep --count '^[a-z]' /opt/jenkins/plugins.txt)" "$(grep --only-matching '"active":true' <<< "$plugins" | wc --lines)"
