#!/bin/bash
# Keeps the database's user and password, which RDS changes every week, in memory for PHP. Asks Secrets Manager with the machine's
# role; what is there stays until the new one is there.
#   DATABASE_SECRET, AWS_REGION
#   RUNTIME_DIRECTORY  from systemd
#   REFUSED  a file that says that the database has refused the present password
#   PAUSE    seconds at least between two questions, whoever wants them
#   LIMIT    seconds for an answer
set -Eeuo pipefail

readonly REFUSED=${REFUSED:-/run/wordpress/database-refused}
readonly PAUSE=${PAUSE:-10}
readonly LIMIT=${LIMIT:-60}
readonly FILE=$RUNTIME_DIRECTORY/secret.json
readonly ASKED=$RUNTIME_DIRECTORY/asked

read_secret() {
  timeout --kill-after=5 20 aws secretsmanager get-secret-value --region "$AWS_REGION" --secret-id "$DATABASE_SECRET" \
    --query SecretString --output text
}

if [[ -e $ASKED ]]; then
  left=$((PAUSE - $(date +%s) + $(stat --format=%Y "$ASKED")))
  if ((left > 0)); then
    # A start finds what was read a moment ago.
    if [[ -e $FILE && ! -e $REFUSED ]]; then
      exit
    fi
    sleep "$left"
  fi
fi
touch "$ASKED"
# Before it is read: who is refused later is refused for another reason.
rm --force "$REFUSED"

until secret=$(read_secret); do
  if ((SECONDS >= LIMIT)); then
    echo "the secret $DATABASE_SECRET cannot be read within $LIMIT s" >&2
    exit 1
  fi
  sleep 2
done
if [[ $secret != *'"username"'* || $secret != *'"password"'* ]]; then
  echo "the secret $DATABASE_SECRET has no username and password" >&2
  exit 1
fi

# `printf` is part of the shell: the secret is in no list of processes.
umask 0337
rm --force "$FILE.new"
printf %s "$secret" > "$FILE.new"
mv --force "$FILE.new" "$FILE"
