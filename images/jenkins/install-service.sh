#!/bin/bash
# Puts what Jenkins is started with in place: belongs to root, can be read by all and written by none. The unit is not enabled,
# because user data does that.
set -Eeuo pipefail

readonly FILES=/tmp/units

install -m 0644 "$FILES/jenkins.yaml" "$FILES/plugins.txt" /opt/jenkins/
install -m 0755 "$FILES/run-jenkins.sh" /opt/jenkins/
chown --recursive root:root /opt/jenkins
chmod --recursive u=rwX,go=rX /opt/jenkins

# In place of the package's own, which has the same name in /usr/lib.
install -m 0644 "$FILES/jenkins.service" "$FILES/jenkins-again.service" /etc/systemd/system/
# systemd opens the log for the service, which itself cannot write there; the CloudWatch agent reads it.
install -m 0640 -g cwagent /dev/null /var/log/steadfast/jenkins.log
systemctl daemon-reload
