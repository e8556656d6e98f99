#!/bin/bash
# The plugins of plugins.txt, exactly these, into /opt/jenkins/plugins, by the Jenkins project's own tool. The tool lets a plugin
# pass for which its update centre knows no checksum, and adds what is missing; here both fail the bake.
#   TOOL_URL     jenkins-plugin-manager.jar
#   TOOL_SHA256  its checksum
set -Eeuo pipefail

readonly LIST=/tmp/units/plugins.txt
readonly FOLDER=/opt/jenkins/plugins
readonly TOOL=/tmp/jenkins-plugin-manager.jar
readonly LOG=/tmp/jenkins-plugin-manager.log

curl --fail --silent --show-error --location --proto '=https' --output "$TOOL" "$TOOL_URL"
sha256sum --check --strict <<< "$TOOL_SHA256  $TOOL"

# Without `--latest false` a dependency would be whatever is newest today.
install -d /opt/jenkins
java -jar "$TOOL" --war /usr/share/java/jenkins.war --plugin-file "$LIST" --plugin-download-directory "$FOLDER" \
  --latest false --verbose > "$LOG" 2>&1 || {
  cat "$LOG" >&2
  exit 1
}

wanted=$(sed --quiet 's/^\([a-z0-9-]*\):.*/\1/p' "$LIST" | sort)
placed=$(basename --suffix=.jpi --multiple "$FOLDER"/* | sort)
if [[ $placed != "$wanted" ]]; then
  echo "the plugins are not those of plugins.txt, which has to name what they need, too (< in it, > installed):" >&2
  diff <(echo "$wanted") <(echo "$placed") >&2 || true
  exit 1
fi
for plugin in $wanted; do
  if ! grep --quiet --fixed-strings --line-regexp "Checksum valid for: $plugin" "$LOG"; then
    echo "$plugin: the update centre has no checksum of this version, or the file was not compared with it" >&2
    exit 1
  fi
done

# What was installed is part of the image and of the bake's log.
(cd "$FOLDER" && sha256sum -- *.jpi) | tee /opt/jenkins/plugins.sha256
rm "$TOOL" "$LOG"
