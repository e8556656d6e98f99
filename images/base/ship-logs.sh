#!/bin/bash
# Makes the CloudWatch agent send the log of a unit, and nothing else, to the log group that the unit's environment file names.
# The group exists and its retention is Terraform's: the machine's role may only add a stream, named after the instance.
set -Eeuo pipefail

readonly UNIT=$1
readonly CONFIG=$RUNTIME_DIRECTORY/$UNIT.json

# What CloudWatch Logs allows in a name, so that nothing needs quoting below.
if [[ ! ${LOG_GROUP:-} =~ ^[A-Za-z0-9_/.#-]+$ ]]; then
  echo "LOG_GROUP=${LOG_GROUP:-} in the environment file is not the name of a log group" >&2
  exit 1
fi

cat > "$CONFIG" <<JSON
{
  "agent": { "region": "$AWS_REGION", "run_as_user": "cwagent" },
  "logs": {
    "logs_collected": {
      "files": {
        "collect_list": [
          {
            "file_path": "/var/log/steadfast/$UNIT.log",
            "log_group_name": "$LOG_GROUP",
            "log_stream_name": "{instance_id}"
          }
        ]
      }
    }
  }
}
JSON

amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -c "file:$CONFIG" -s
